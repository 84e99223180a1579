//! `/metrics` on a listener of its own, since what it tells is not for callers.

use std::{io, net::TcpListener, sync::Arc};

use actix_web::{App, HttpResponse, HttpServer, dev::Server, web};

use crate::metrics::Metrics;

/// The media type of OpenMetrics 1.0 text.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Serves the metrics. The server runs while it is awaited, and ends when it is dropped.
///
/// # Errors
/// If the listener can't be used.
pub fn serve_metrics(listener: TcpListener, metrics: Arc<Metrics>) -> io::Result<Server> {
    let metrics = web::Data::from(metrics);
    let app = move || App::new().app_data(metrics.clone()).route("/metrics", web::get().to(tell));
    // One worker: a scraper or two are all its clients.
    let server = HttpServer::new(app).workers(1).shutdown_timeout(1).disable_signals();
    Ok(server.listen(listener)?.run())
}

async fn tell(metrics: web::Data<Metrics>) -> HttpResponse {
    match metrics.encode() {
        Ok(text) => HttpResponse::Ok().content_type(OPEN_METRICS).body(text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn metrics_are_told_on_their_own_listener() {
        let metrics = Arc::new(Metrics::new());
        metrics.committed("login_opened");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        actix_web::rt::spawn(serve_metrics(listener, metrics).unwrap());
        let url = format!("http://{address}").parse().unwrap();
        let client = countersign_client::Transport::new(url).unwrap();
        let answer = client.send(countersign_client::Request::get("/metrics")).await.unwrap();
        assert_eq!(answer.headers["content-type"], OPEN_METRICS);
        assert!(String::from_utf8(answer.body).unwrap().contains("countersign_events_total"));
    }
}
