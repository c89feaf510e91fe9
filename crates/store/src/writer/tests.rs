use super::*;
use crate::{
    Decide,
    call::{Call, Message},
    error::Failure,
    journal::{Bookmark, Row as JournalRow, follow},
};
use guestlist_domain::{
    Actor, Channel, ChannelKind, Plan, Stop, User, UserId, mail, message::What,
};
use serde_json::json;
use std::{io, sync::mpsc as channel};
use tokio::sync::oneshot;

/// A disk that takes what was written when it is told to, and only then.
struct Gate {
    is_slow: bool,
    asked: channel::Sender<()>,
    told: Mutex<channel::Receiver<io::Result<()>>>,
}

impl Disk for Gate {
    fn is_slow(&self, _: Duration) -> bool {
        self.is_slow
    }

    fn sync(&self) -> io::Result<()> {
        let _ = self.asked.send(());
        let told = self.told.lock().unwrap().recv();
        told.unwrap_or_else(|gone| Err(io::Error::other(gone)))
    }
}

/// Who stands at the gate.
struct Keeper {
    asked: channel::Receiver<()>,
    tell: channel::Sender<io::Result<()>>,
}

fn gate(is_slow: bool) -> (Box<Gate>, Keeper) {
    let (ask, asked) = channel::channel();
    let (tell, told) = channel::channel();
    let told = Mutex::new(told);
    (
        Box::new(Gate {
            is_slow,
            asked: ask,
            told,
        }),
        Keeper { asked, tell },
    )
}

fn refused() -> io::Result<()> {
    Err(io::Error::other("the disk is gone"))
}

fn somebody(number: u64) -> Change {
    let user = UserId::from_number('U', number).unwrap();
    let user = User::new(user, "T0ACME".parse().unwrap(), "somebody");
    Change::UserMade {
        user: Arc::new(user),
    }
}

fn letter() -> Change {
    let mail = json!({
        "id": 1, "to": "ada@example.com", "state": "queued", "updated": 1,
        "letter": {
            "invitation": "I0ONE", "inviter": "Ada", "workspace": "Acme", "channel": "ops",
            "external_limited": false, "expires": 2, "link": "zt-1",
        },
    });
    Change::Mail {
        team: "T0ACME".parse().unwrap(),
        step: mail::Step::Written,
        mail: serde_json::from_value(mail).unwrap(),
    }
}

fn app() -> Change {
    let app = json!({"id": "A0GREET", "team": "T0ACME", "name": "greet"});
    Change::AppMade {
        app: serde_json::from_value(app).unwrap(),
    }
}

/// A call that leaves these changes; none is refused.
struct Make(Option<Vec<Change>>);

impl Decide for Make {
    type Outcome = ();
    type Refusal = ();

    fn actor(&self) -> Actor {
        Actor::nobody("T0ACME".parse().unwrap())
    }

    fn decide(&self, _: &Facts, _: &mut Moment) -> Result<Plan<()>, Stop<()>> {
        let changes = self.0.clone().ok_or(Stop::Refused(()))?;
        Ok(Plan {
            outcome: (),
            changes,
        })
    }
}

type Answer = oneshot::Receiver<Result<(), Failure<()>>>;

fn call(what: Make) -> (Message, Answer) {
    let (to, answer) = oneshot::channel();
    let call = Call {
        decide: Arc::new(what),
        result: None,
        to,
    };
    (Message::Call(Box::new(call)), answer)
}

/// A store in which nothing is.
struct Place {
    home: tempfile::TempDir,
    clock: Clock,
    progress: Arc<Progress>,
}

impl Place {
    fn new() -> Self {
        let home = tempfile::TempDir::new().unwrap();
        sqlite::create(&home.path().join("db"), |_| Ok(())).unwrap();
        Self {
            home,
            clock: Clock::default(),
            progress: Arc::default(),
        }
    }

    fn connect(&self) -> Connection {
        sqlite::open_writer(&self.home.path().join("db")).unwrap()
    }

    fn writer(&self, disk: Box<dyn Disk>) -> Result<Writer, StoreError> {
        self.writer_by(self.connect(), disk)
    }

    fn writer_by(&self, db: Connection, disk: Box<dyn Disk>) -> Result<Writer, StoreError> {
        let directory = Directory::hold(&self.home.path().join("held")).unwrap();
        let forget = Arc::new(|| {});
        let (progress, directory) = (self.progress.clone(), Arc::new(Mutex::new(directory)));
        Writer::new(db, disk, self.clock.clone(), progress, forget, directory)
    }

    fn logged(&self) -> i64 {
        self.progress.logged.load(Ordering::Acquire)
    }

    /// What a follower sees.
    fn rows(&self, look: &Connection) -> Vec<JournalRow> {
        let logged = Bookmark::Row(self.logged());
        follow::after(look, &Bookmark::Row(0), Some(&logged)).unwrap()
    }

    /// Starts the writer once these calls wait for it.
    fn start(&self, disk: Box<dyn Disk>, calls: Vec<Make>) -> (mpsc::Sender<Message>, Vec<Answer>) {
        let (queue, messages) = mpsc::channel(64);
        let (calls, answers): (Vec<_>, Vec<_>) = calls.into_iter().map(call).unzip();
        for call in calls {
            assert!(queue.try_send(call).is_ok());
        }
        tokio::spawn(self.writer(disk).unwrap().run(messages));
        (queue, answers)
    }
}

/// Some calls, one of which is refused.
fn crowd() -> Vec<Make> {
    (0..9)
        .map(|n| Make((n != 5).then(|| vec![somebody(n)])))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_answered_or_shown_anything_before_the_disk_has_it() {
    for is_slow in [false, true] {
        let place = Place::new();
        let (disk, keeper) = gate(is_slow);
        let (queue, mut answers) = place.start(disk, crowd());
        keeper.asked.recv().unwrap();
        let (fold, mut folded) = oneshot::channel();
        queue.send(Message::Fold(fold)).await.unwrap();
        let (later, mut refusal) = call(Make(None));
        queue.send(later).await.unwrap();

        // The row is written, and nobody is shown it.
        let look = place.connect();
        assert_eq!(tables::newest_row(&look).unwrap(), 1);
        assert_eq!(place.logged(), 0);
        assert_eq!(place.rows(&look), []);
        assert_eq!(tables::folded(&look).unwrap(), 0);
        assert!(answers.iter_mut().all(|answer| answer.try_recv().is_err()));
        assert!(folded.try_recv().is_err() && refusal.try_recv().is_err());

        keeper.tell.send(Ok(())).unwrap();
        for (number, answer) in answers.into_iter().enumerate() {
            let answered = answer.await.unwrap();
            assert_eq!(matches!(answered, Err(Failure::Refused(()))), number == 5);
        }
        assert!(matches!(refusal.await.unwrap(), Err(Failure::Refused(()))));
        folded.await.unwrap().unwrap();
        assert_eq!((place.logged(), tables::folded(&look).unwrap()), (1, 1));
        assert_eq!(place.rows(&look).len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_disk_refused_is_in_doubt_and_goes_on_from_there() {
    for is_slow in [false, true] {
        let place = Place::new();
        let (disk, keeper) = gate(is_slow);
        let (queue, answers) = place.start(disk, crowd());
        keeper.tell.send(refused()).unwrap();
        for (number, answer) in answers.into_iter().enumerate() {
            match answer.await.unwrap() {
                Err(Failure::Store(StoreError::InDoubt(_))) => {}
                other => panic!("call {number}: {other:?}"),
            }
        }
        assert_eq!(place.logged(), 0);
        assert_eq!(place.progress.measures.measured().commit_failures, 1);

        // It is in the journal after all; the database has it before anybody is told.
        let (next, answer) = call(Make(Some(vec![somebody(100)])));
        queue.send(next).await.unwrap();
        keeper.tell.send(Ok(())).unwrap();
        answer.await.unwrap().unwrap();
        assert_eq!(place.logged(), 2);
        let (closing, closed) = oneshot::channel();
        queue.send(Message::Close(closing)).await.unwrap();
        closed.await.unwrap();
        assert_eq!(tables::folded(&place.connect()).unwrap(), 2);
    }
}

/// Nothing else tells them later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_for_what_was_in_doubt_hears_that_it_is_there() {
    for is_slow in [false, true] {
        let place = Place::new();
        let progress = &place.progress;
        let mut letters = progress.mail.subscribe();
        let (disk, keeper) = gate(is_slow);
        let (queue, answers) = place.start(disk, vec![Make(Some(vec![letter(), app()]))]);
        keeper.tell.send(refused()).unwrap();
        for answer in answers {
            answer.await.unwrap().unwrap_err();
        }
        assert!(!letters.has_changed().unwrap());
        let (next, answer) = call(Make(Some(vec![somebody(1)])));
        queue.send(next).await.unwrap();
        keeper.tell.send(Ok(())).unwrap();
        answer.await.unwrap().unwrap();
        assert!(letters.has_changed().unwrap());
        letters.mark_unchanged();
        assert_eq!(progress.subscribed.load(Ordering::Acquire), 1);
        assert_eq!(place.logged(), 2);

        // An expiry may be the next thing that is due.
        let added = Change::Added {
            seed: Arc::default(),
        };
        let (next, answer) = call(Make(Some(vec![added])));
        queue.send(next).await.unwrap();
        keeper.tell.send(refused()).unwrap();
        answer.await.unwrap().unwrap_err();
        let (next, answer) = call(Make(Some(vec![somebody(2)])));
        queue.send(next).await.unwrap();
        keeper.tell.send(Ok(())).unwrap();
        answer.await.unwrap().unwrap();
        let woken = timeout(Duration::from_secs(9), place.clock.woken());
        assert!(woken.await.is_ok());
        assert!(!letters.has_changed().unwrap());
    }
}

/// Whoever watches a store at which nobody calls is told that it goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_in_doubt_is_tried_while_nobody_calls() {
    let place = Place::new();
    let (disk, keeper) = gate(false);
    let (_queue, answers) = place.start(disk, vec![Make(Some(vec![somebody(1)]))]);
    keeper.tell.send(refused()).unwrap();
    for answer in answers {
        answer.await.unwrap().unwrap_err();
    }
    let is_available = || place.progress.measures.measured().available;
    let turns_out = async |available: bool| {
        while is_available() != available {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    turns_out(false).await;
    // The disk refuses once more, and then takes what there is.
    keeper.tell.send(refused()).unwrap();
    keeper.tell.send(Ok(())).unwrap();
    turns_out(true).await;
    assert_eq!(place.logged(), 1);
    assert_eq!(keeper.asked.try_iter().count(), 3);
}

/// A disk that syncs and takes nothing new, as a full one, is no disk that the store can go on with.
#[tokio::test]
async fn a_store_is_tried_by_a_write() {
    let place = Place::new();
    let (disk, keeper) = gate(false);
    let mut writer = place.writer(disk).unwrap();
    let db = place.connect();
    let act = |sql: &str| db.prepare_cached(sql).unwrap().execute([]).unwrap();
    act("insert into meta (key, value) values ('folded', '0')");
    // A row that is there already needs no room.
    act("create trigger no_row before insert on meta
         when not exists (select 1 from meta where key = new.key and value = new.value)
         begin select raise(abort, 'full'); end");
    act(
        "create trigger no_change before update on meta when new.value <> old.value
         begin select raise(abort, 'full'); end",
    );
    for _ in 0..2 {
        keeper.tell.send(Ok(())).unwrap();
        writer.mend().await;
        assert!(!place.progress.measures.measured().available);
    }
    act("drop trigger no_row");
    act("drop trigger no_change");
    writer.mend().await;
    assert!(place.progress.measures.measured().available);
}

/// While the tables are behind it is told again and again that nobody writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_that_could_not_follow_do_so_while_nobody_calls() {
    let place = Place::new();
    let (disk, keeper) = gate(false);
    let (queue, answers) = place.start(disk, vec![Make(Some(vec![somebody(1)]))]);
    keeper.tell.send(Ok(())).unwrap();
    for answer in answers {
        answer.await.unwrap().unwrap();
    }
    let db = place.connect();
    let act = |sql: &str| db.prepare_cached(sql).unwrap().execute([]).unwrap();
    act("create trigger full before insert on meta begin select raise(abort, 'full'); end");
    let rests_until = async |available: bool| {
        while place.progress.measures.measured().available != available {
            queue.send(Message::Rest).await.unwrap();
            // The log is there, whoever asks.
            keeper.tell.send(Ok(())).unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    rests_until(false).await;
    act("drop trigger full");
    let goes_on = timeout(Duration::from_secs(20), rests_until(true)).await;
    assert!(goes_on.is_ok());
    assert_eq!(tables::folded(&place.connect()).unwrap(), 1);
}

/// Otherwise it would be served as sound until somebody writes.
#[test]
fn a_file_that_cannot_be_written_is_found_at_the_start() {
    let place = Place::new();
    for read_only in [true, false] {
        let db = place.connect();
        let setting = db.sqlite().unwrap();
        setting
            .pragma_update(None, "query_only", read_only)
            .unwrap();
        let opened = place.writer_by(db, gate(false).0);
        let told = opened.err().map(|error| chain(&error));
        assert_eq!(
            told.is_some_and(|told| told.contains("readonly")),
            read_only
        );
    }
}

/// Nobody reads, and nobody rests.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_few_long_texts_are_folded_like_many_short_rows() {
    let (id, team) = ("C0OPS".parse().unwrap(), "T0ACME".parse().unwrap());
    let ada: UserId = "U0ADA".parse().unwrap();
    let kind = ChannelKind::Public;
    let say = |ts: i64, length: usize| Change::Posted {
        channel: id,
        message: guestlist_domain::Message {
            ts: Timestamp(ts),
            user: ada,
            what: What::Topic("x".repeat(length)),
        },
    };
    let run = async |length: usize| {
        let place = Place::new();
        let (disk, keeper) = gate(false);
        let channel = Arc::new(Channel::new(id, team, kind, "ops", ada, Timestamp(1)));
        let made = Make(Some(vec![Change::Created { channel }]));
        let (queue, answers) = place.start(disk, vec![made]);
        keeper.tell.send(Ok(())).unwrap();
        for answer in answers {
            answer.await.unwrap().unwrap();
        }
        for ts in 2..8 {
            let said = (0..10).map(|n| say(10 * ts + n, length)).collect();
            let (next, answer) = call(Make(Some(said)));
            queue.send(next).await.unwrap();
            keeper.tell.send(Ok(())).unwrap();
            answer.await.unwrap().unwrap();
        }
        tables::folded(&place.connect()).unwrap()
    };
    // The third row of long texts is one too many, and while the next ones come it is written.
    assert_eq!(run(FOLD_AT / 25).await, 4);
    assert_eq!(run(9).await, 0);
}

/// A process may have ended between writing a row and having it on the disk.
#[test]
fn rows_that_were_found_are_brought_to_the_disk_before_they_are_shown() {
    let place = Place::new();
    let by = Make(None).actor();
    let row = journal::pack(&[Entry {
        at: Timestamp(1),
        by,
        changes: vec![somebody(1)],
    }]);
    let db = place.connect();
    let insert = "insert into journal (seq, last, entries) values (1, 1, ?1)";
    db.prepare_cached(insert)
        .unwrap()
        .execute(params![row])
        .unwrap();
    drop(db);
    for (outcome, logged) in [(refused(), 0), (Ok(()), 1)] {
        let (disk, keeper) = gate(false);
        let opens = outcome.is_ok();
        keeper.tell.send(outcome).unwrap();
        assert_eq!(place.writer(disk).is_ok(), opens);
        assert!(keeper.asked.try_recv().is_ok());
        assert_eq!(place.logged(), logged);
    }
}
