//! Makes a database ready for the desk. `DATABASE_OWNER_URL` names it, so that no secret is in the process list;
//! `DATABASE_SERVICE_ROLE` names the role the services log in as, and what it may do is set here.

use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(applied) if applied.is_empty() => println!("the schema is up to date"),
        Ok(applied) => println!("applied {}", applied.join(", ")),
        Err((code, reason)) => {
            eprintln!("quarterdeck-migrate: {reason}");
            return ExitCode::from(code);
        }
    }
    ExitCode::SUCCESS
}

fn run() -> Result<Vec<String>, (u8, String)> {
    if std::env::args().len() > 1 {
        return Err((
            2,
            "usage: DATABASE_OWNER_URL=… [DATABASE_SERVICE_ROLE=…] quarterdeck-migrate".into(),
        ));
    }
    let role = std::env::var("DATABASE_SERVICE_ROLE")
        .ok()
        .filter(|role| !role.is_empty());
    let url = std::env::var("DATABASE_OWNER_URL").map_err(|_| {
        (
            2,
            "DATABASE_OWNER_URL is not set; it names the database and its owner".into(),
        )
    })?;
    let failed = |reason: String| (1, reason);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(error.to_string()))?;
    runtime
        .block_on(store::migrate::migrate(&url, role.as_deref()))
        .map_err(|error| failed(error.to_string()))
}
