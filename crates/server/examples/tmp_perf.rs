use guestlist_domain::*;
use guestlist_server::*;
use guestlist_store::{seed::Seed, *};
use guestlist_domain::facts::Membership;
use sha2::Digest;
fn main() {
    let dir = std::env::args().nth(1).unwrap();
    let rt = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    rt.block_on(async {
        let directory = Directory::hold(std::path::Path::new(&dir)).unwrap();
        let team: TeamId = "T0BENCH".parse().unwrap();
        let bot: UserId = "U0BOT".parse().unwrap();
        let mut seed = Seed::default();
        seed.workspaces.push(Workspace::new(team, "Bench", "bench"));
        let mut b = User::new(bot, team, "bot"); b.bot = Some(guestlist_domain::user::Bot { id: "B0BOT".parse().unwrap(), app: None });
        seed.users.push(b);
        for i in 0..50_000u64 { let id = UserId::from_number('U', 36u64.pow(9)+ i*7919).unwrap(); seed.users.push(User::new(id, team, &format!("u{i}"))); }
        for c in 0..64u64 { let id = ChannelId::from_number('C', 36u64.pow(9)+c).unwrap(); seed.channels.push(Channel::new(id, team, ChannelKind::Public, &format!("c{c}"), bot, Timestamp(1))); seed.members.push((team, id, bot, Membership{since:Timestamp(1), closed:false})); }
        seed.tokens.push(Token { hash: TokenHash(sha2::Sha256::digest(b"xoxb-bench").into()), team, kind: TokenKind::Bot, app: None, user: Some(bot), scopes: ["channels:manage","channels:read","users:read"].map(str::to_owned).to_vec().into(), expires_at: None, revoked: false, workspaces: vec![], channels: vec![] });
        load_into(&directory, &seed, "x", &mut |_,_| {}).unwrap();
        let store = Store::open(directory, Clock::default()).unwrap();
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), store, Settings::default()).await.unwrap();
        println!("http://{}", server.address());
        server.run(std::future::pending()).await.unwrap();
    });
}
