//! The test gateway's page of a bank, as a customer's browser uses it.

use reqwest::Method;

use super::{ApiResponse, PlacedOrder, View, api::send};

/// What the customer's browser gets.
pub async fn visit(view: &View, placed: &PlacedOrder, path: &str) -> ApiResponse {
    try_visit(view, placed, path).await.unwrap()
}

/// Presses a button on the bank's page. The gateway may listen at another port since it showed the
/// address.
pub async fn press(view: &View, bank: &str, outcome: &str) -> ApiResponse {
    try_press(view, bank, outcome).await.unwrap()
}

/// Goes to the bank, presses a button there, and comes back.
pub async fn answer(view: &View, placed: &PlacedOrder, outcome: &str) {
    try_answer(view, placed, outcome).await.unwrap();
}

/// The same, while faults may stop the customer on the way.
pub async fn try_answer(view: &View, placed: &PlacedOrder, outcome: &str) -> Result<(), String> {
    let page = format!("/orders/{}", placed.id);
    let way = see_other(try_visit(view, placed, &format!("{page}/pay")).await?)?;
    let back = see_other(try_press(view, &way, outcome).await?)?;
    // The platform may listen at another port, too.
    let (_, query) = back.split_once("/pay/return").ok_or_else(|| back.clone())?;
    let order = see_other(try_visit(view, placed, &format!("{page}/pay/return{query}")).await?)?;
    if order == page { Ok(()) } else { Err(order) }
}

async fn try_visit(view: &View, placed: &PlacedOrder, path: &str) -> Result<ApiResponse, String> {
    send(view.api.request(Method::GET, path).bearer_auth(&placed.token)).await
}

async fn try_press(view: &View, bank: &str, outcome: &str) -> Result<ApiResponse, String> {
    let (_, challenge) = bank.split_once("/3d_secure/").ok_or_else(|| bank.to_owned())?;
    let address = format!("{}/3d_secure/{challenge}", view.gateway);
    send(view.api.request(Method::POST, &address).form(&[("outcome", outcome)])).await
}

/// Where a response leads.
fn see_other(answer: ApiResponse) -> Result<String, String> {
    if answer.status == 303 { Ok(answer.header("location").to_owned()) } else { Err(answer.text) }
}
