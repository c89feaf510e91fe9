//! What an app shows for itself.

use super::*;

/// The codes of a challenge with and without a secret, and of an address with and without.
#[test]
fn what_an_app_shows_for_itself() {
    let (right, wrong) = (Some(hash("right")), Some(hash("wrong")));
    let at = Some("https://app.test/slack");
    for (pkce, secret, challenge, verifier, asked, given, expected) in [
        (false, Some("s3cret"), None, None, None, None, None),
        (false, Some("s3cret"), None, None, at, at, None),
        (
            false,
            Some("s3cret"),
            None,
            None,
            at,
            None,
            Some(NotGranted::BadRedirectUri),
        ),
        (
            false,
            Some("s3cret"),
            None,
            None,
            None,
            at,
            Some(NotGranted::BadRedirectUri),
        ),
        (
            false,
            Some("other"),
            None,
            None,
            None,
            None,
            Some(NotGranted::BadClientSecret),
        ),
        (
            false,
            None,
            None,
            None,
            None,
            None,
            Some(NotGranted::BadClientSecret),
        ),
        (
            false,
            None,
            None,
            right,
            None,
            None,
            Some(NotGranted::PkceNotAllowed),
        ),
        (
            false,
            Some("s3cret"),
            None,
            right,
            None,
            None,
            Some(NotGranted::PkceNotAllowed),
        ),
        (true, None, right, right, None, None, None),
        (true, Some("s3cret"), right, right, None, None, None),
        (
            true,
            Some("other"),
            right,
            right,
            None,
            None,
            Some(NotGranted::BadClientSecret),
        ),
        (
            true,
            None,
            right,
            wrong,
            None,
            None,
            Some(NotGranted::InvalidCodeVerifier),
        ),
        (
            true,
            Some("s3cret"),
            right,
            None,
            None,
            None,
            Some(NotGranted::InvalidCodeVerifier),
        ),
        (
            true,
            None,
            right,
            None,
            None,
            None,
            Some(NotGranted::InvalidCodeVerifier),
        ),
        (
            true,
            None,
            None,
            right,
            None,
            None,
            Some(NotGranted::InvalidCodeVerifier),
        ),
        (
            true,
            None,
            None,
            None,
            None,
            None,
            Some(NotGranted::BadClientSecret),
        ),
    ] {
        let mut world = World::new(|app| app.oauth.pkce = pkce);
        let app = world.facts.app(id("A0APP")).unwrap().unwrap().clone();
        let asked_at = asked.map(str::to_owned);
        let request = Request::new(&app, scopes("a"), scopes(""), asked_at, challenge).unwrap();
        world
            .run(|facts, _, moment| {
                consent(
                    facts,
                    app.id,
                    Place::Workspace(id("T0HOME")),
                    id("U0ADA"),
                    &request,
                    hash("code"),
                    moment,
                )
            })
            .unwrap();
        let proof = Proof {
            client_id: "1.1".to_owned(),
            secret: secret.map(str::to_owned),
            verifier,
        };
        let done = world
            .run(|facts, mint, moment| exchange(facts, &proof, hash("code"), given, mint, moment));
        assert_eq!(
            done.err(),
            expected,
            "{pkce} {secret:?} {challenge:?} {verifier:?}"
        );
    }
    let nobody = Proof {
        client_id: "9.9".to_owned(),
        ..shown()
    };
    let mut world = World::new(|_| {});
    let done =
        world.run(|facts, mint, moment| exchange(facts, &nobody, hash("code"), None, mint, moment));
    assert_eq!(done.unwrap_err(), NotGranted::InvalidClientId);
}
