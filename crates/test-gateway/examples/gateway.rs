//! Runs a standalone gateway: `gateway [address] [folder]`.

use std::{env, error::Error, future};

use test_gateway::{Config, Gateway};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let listen = arguments.next().unwrap_or_else(|| "127.0.0.1:12111".to_owned());
    let folder = arguments.next().unwrap_or_else(|| "data/gateway".to_owned());
    let gateway = Gateway::start(Config::new(listen.parse()?, folder)).await?;
    writeln(&format!("listening on http://{}", gateway.address()))?;
    // Stopped with Ctrl-C; the ledger is durable at any time.
    future::pending::<()>().await;
    gateway.shutdown().await;
    Ok(())
}

fn writeln(line: &str) -> std::io::Result<()> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{line}")
}
