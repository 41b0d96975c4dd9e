"""The supervisor: owns the services and the embedded PostgreSQL, and replaces what dies.

It answers on `desk-control.ipc`, imports no Textual and holds no truth about trading: when it dies the
services go on, and the next one adopts them.

Reading order: `options` (what `up` asked for), `process` (starting and stopping one), `service` (keeping one
alive), `postgres` and `database`, `kill_file`, `supervisor` (the loop over all of them), `launch` and `stop`
(the command line's side).
"""
