//! A server that counts calls in a Redis, while that goes away and comes back.

use crate::{Server, directory, guestlist, logs::get, redis::Redis};

#[test]
fn an_outage_is_told_once_and_so_is_its_end() {
    let Some(mut redis) = Redis::start(&[]) else {
        return;
    };
    let place = directory();
    let mut command = guestlist(place.path(), &["serve", "--listen", "127.0.0.1:0"]);
    command.args(["--limits-away", "closed"]);
    command.env("GUESTLIST_LIMITS", redis.url());
    let server = Server::spawn(command);
    let status = || {
        let answer = get(&server, "/api/auth.test?token=xoxb-sample-greeter");
        answer[..12].to_owned()
    };
    assert_eq!(status(), "HTTP/1.1 200");
    redis.kill();
    for _ in 0..20 {
        assert_eq!(status(), "HTTP/1.1 503");
    }
    redis.revive();
    while !get(&server, "/metrics").contains("\nguestlist_limiter_away 0\n") {
        std::thread::yield_now();
    }
    assert_eq!(status(), "HTTP/1.1 200");
    let (code, _, logged) = server.stop();
    assert_eq!(code, Some(0));
    let told = |words: &str| logged.lines().filter(|line| line.contains(words)).count();
    assert_eq!(told("calls are not counted: Redis is away"), 1, "{logged}");
    assert_eq!(told("calls are counted again"), 1, "{logged}");
}
