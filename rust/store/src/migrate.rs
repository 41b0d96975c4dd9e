//! Migrations of the projection, and the rights of the role that fills it.

use tokio_postgres::{Client, NoTls};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Why the database could not be made ready. Policy: the desk does not start, and says this.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// It does not answer, or refuses us.
    #[error("the database does not let us in: {}", detail(.0))]
    Connect(tokio_postgres::Error),
    /// A migration failed, or an applied one was changed.
    #[error("a migration failed: {0}")]
    Migration(#[from] refinery::Error),
    /// The role's rights could not be set.
    #[error("cannot give the role {role} its rights: {}; does it exist, and do we own the tables?", detail(.source))]
    Rights {
        /// The role.
        role: String,
        /// What the database says.
        source: tokio_postgres::Error,
    },
    /// A role name that is none.
    #[error("{0:?} is no role name: lower-case letters, digits and _ only")]
    RoleName(String),
}

fn detail(error: &tokio_postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| error.to_string(), |database| database.message().to_owned())
}

/// Brings the schema at `owner_url` up to date and gives `role` what a service may do: read everything, append
/// to the audit trail, write the rest, delete nothing.
/// Returns the names of the migrations that were applied.
pub async fn migrate(owner_url: &str, role: Option<&str>) -> Result<Vec<String>, MigrateError> {
    let (mut client, connection) = tokio_postgres::connect(owner_url, NoTls)
        .await
        .map_err(MigrateError::Connect)?;
    let driver = tokio::spawn(connection);
    let report = embedded::migrations::runner().run_async(&mut client).await?;
    if let Some(role) = role {
        grant(&client, role).await?;
    }
    drop(client);
    driver.abort();
    Ok(report
        .applied_migrations()
        .iter()
        .map(ToString::to_string)
        .collect())
}

async fn grant(client: &Client, role: &str) -> Result<(), MigrateError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let owner = client
        .query_one("SELECT current_user::text", &[])
        .await
        .map_err(|source| MigrateError::Rights {
            role: role.to_owned(),
            source,
        })?;
    // One role for everything: it keeps the owner's rights, and the trigger alone guards the trail.
    if owner.get::<_, &str>(0) == role {
        return Ok(());
    }
    if role.is_empty() || !role.bytes().all(plain) {
        return Err(MigrateError::RoleName(role.to_owned()));
    }
    let rights = format!(
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};
         GRANT USAGE ON SCHEMA public TO {role};
         GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {role};
         GRANT UPDATE ON positions, projection_progress TO {role};
         REVOKE INSERT ON refinery_schema_history FROM {role};"
    );
    let failed = |source| MigrateError::Rights {
        role: role.to_owned(),
        source,
    };
    client.batch_execute(&rights).await.map_err(failed)
}
