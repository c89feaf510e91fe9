//! Redirect URLs: what can be registered, and what a registered one covers.

/// Whether a URL leads to a web page, and not into a program of the desktop.
pub(super) fn is_web(url: &str) -> bool {
    let starts = |scheme: &str| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    starts("https://") || starts("http://")
}

/// Checks a redirect URL. Schemes of desktop programs are for apps with PKCE.
pub fn registrable(url: &str, pkce: bool) -> Result<(), &'static str> {
    const SHAPE: &str = "a redirect URL is written https://host/path";
    if url.is_empty()
        || !url.bytes().all(|b| b.is_ascii_graphic())
        || url.contains(['"', '<', '>', '\\', '^', '`', '{', '|', '}'])
    {
        return Err("a redirect URL has no spaces, quotes, backslashes or characters beyond ASCII");
    }
    if url.contains('#') {
        return Err("a redirect URL has no `#`");
    }
    let (scheme, rest) = url.split_once("://").ok_or(SHAPE)?;
    let mut letters = scheme.bytes();
    if !letters.next().is_some_and(|b| b.is_ascii_alphabetic())
        || !letters.all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    {
        return Err(SHAPE);
    }
    // What a browser runs or shows by itself leads to no program.
    if ["javascript", "data", "vbscript", "file", "blob", "about"]
        .contains(&scheme.to_ascii_lowercase().as_str())
    {
        return Err("a redirect URL begins with https://");
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    if is_web(url) {
        if host.is_empty() || host.starts_with(':') {
            return Err(SHAPE);
        }
    } else if !pkce {
        return Err("a redirect URL begins with https://; others need `pkce_enabled`");
    }
    if host.contains('@') {
        return Err("a redirect URL has no name or password before its host");
    }
    let path = path.split('?').next().unwrap_or_default();
    let dots = |part: &str| {
        let part = part.to_ascii_lowercase().replace("%2e", ".");
        part == "." || part == ".."
    };
    if path.split('/').any(dots) {
        return Err("a redirect URL has no `.` or `..` in its path");
    }
    Ok(())
}

/// Whether `asked` is a registered URL or lies below it.
pub fn covers(registered: &str, asked: &str, pkce: bool) -> bool {
    if registrable(asked, pkce).is_err() {
        return false;
    }
    if asked == registered {
        return true;
    }
    // What has a query has nothing below.
    if registered.contains('?') {
        return false;
    }
    let trunk = registered.strip_suffix('/').unwrap_or(registered);
    asked
        .strip_prefix(trunk)
        .is_some_and(|rest| rest.starts_with(['/', '?']))
}
