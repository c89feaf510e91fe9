use super::*;
use std::ffi::OsString;

fn around(variables: &[(&str, &str)], directory: &Path) -> Surroundings {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
        .collect();
    Surroundings {
        config: None,
        variables,
        directory: directory.to_owned(),
    }
}

fn flags(given: &[(&'static str, &str)]) -> Flags {
    Flags(
        given
            .iter()
            .map(|(key, value)| (*key, OsString::from(value)))
            .collect(),
    )
}

/// What `Config::read` complains of.
fn complaint(given: &[(&'static str, &str)], variables: &[(&str, &str)], file: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(FILE), file).unwrap();
    let error = Config::read(flags(given), &around(variables, directory.path())).unwrap_err();
    assert!(error.is::<Usage>(), "{error:#}");
    error
        .to_string()
        .replace(&format!("{}/", directory.path().display()), "")
}

#[test]
fn flags_come_before_variables_before_the_file_before_defaults() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(FILE);
    std::fs::write(
        &file,
        "# mine\nlisten = \"127.0.0.1:1\"\nthreads = 3\nread_timeout = 2.5\ndata = \"store\"\n",
    )
    .unwrap();
    let variables = [
        ("GUESTLIST_LISTEN", "127.0.0.1:2"),
        ("GUESTLIST_THREADS", "4"),
    ];
    let config = Config::read(
        flags(&[("listen", "localhost:3")]),
        &around(&variables, directory.path()),
    )
    .unwrap();
    assert_eq!(config.listen.value.port(), 3);
    assert_eq!(config.listen.source, Source::Flag("--listen".to_owned()));
    assert_eq!(config.threads.value, 4);
    assert_eq!(
        config.threads.source,
        Source::Variable("GUESTLIST_THREADS".to_owned())
    );
    assert_eq!(config.read_timeout.value, Duration::from_millis(2500));
    assert_eq!(config.read_timeout.source, Source::File(file, 4));
    assert_eq!(
        config.data.value,
        directory.path().join("store"),
        "a path in the file starts there"
    );
    assert_eq!(config.max_body.value, 1 << 20);
    assert_eq!(config.max_body.source, Source::Default);
}

#[test]
fn the_file_that_is_named_counts() {
    let directory = tempfile::tempdir().unwrap();
    for (name, threads) in [(FILE, 1), ("variable.toml", 2), ("flag.toml", 3)] {
        std::fs::write(
            directory.path().join(name),
            format!("threads = {threads}\n"),
        )
        .unwrap();
    }
    let path = |name: &str| directory.path().join(name);
    let mut around = around(&[], directory.path());
    let threads = |around: &Surroundings| {
        Config::read(Flags::default(), around)
            .unwrap()
            .threads
            .value
    };
    assert_eq!(threads(&around), 1);
    around
        .variables
        .insert(CONFIG.to_owned(), path("variable.toml").into());
    assert_eq!(threads(&around), 2);
    around.config = Some(path("flag.toml"));
    assert_eq!(threads(&around), 3);
    around.config = Some(path("missing.toml"));
    let error = Config::read(Flags::default(), &around).unwrap_err();
    assert!(format!("{error:#}").contains("missing.toml"), "{error:#}");
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    assert_eq!(
        complaint(&[], &[], "\nlistn = \"x\"\n"),
        "guestlist.toml:2: there is no setting `listn`; did you mean `listen`?"
    );
    assert_eq!(
        complaint(&[], &[], "threads = \"many\""),
        "guestlist.toml:1: threads: \"many\": the number of threads is from 1 to 1024"
    );
    assert_eq!(
        complaint(&[], &[], "threads = [1]"),
        "guestlist.toml:1: threads: a setting is a text or a number, not a TOML array"
    );
    assert!(complaint(&[], &[], "threads = 1\nthreads = 2").starts_with("guestlist.toml:2: "));
    assert!(complaint(&[], &[], "threads = \n").starts_with("guestlist.toml:1: "));
    let complaint_of = |variable| complaint(&[], &[variable], "");
    assert_eq!(
        complaint_of(("GUESTLIST_MAX_BODY", "lots")),
        "GUESTLIST_MAX_BODY: \"lots\": a size is a number of bytes over 0, as 65536, 64KiB or 1MiB"
    );
    assert!(complaint_of(("GUESTLIST_LOG", "loud")).contains("off, error, warn"));
    assert!(
        complaint(&[("listen", "3999")], &[], "")
            .starts_with("--listen: \"3999\": an address is written")
    );
    let secret = complaint_of((CONTROL_TOKEN, "short-secret"));
    assert!(!secret.contains("short-secret"), "{secret}");
}

#[test]
fn values_are_read() {
    for (text, bytes) in [
        ("1", 1),
        ("64KiB", 65_536),
        ("2 mib", 2 << 20),
        ("1GiB", 1 << 30),
    ] {
        assert_eq!(read::bytes(text), Ok(bytes), "{text}");
    }
    for text in ["", "0", "-1", "1.5", "KiB", "99999999999GiB"] {
        assert!(read::bytes(text).is_err(), "{text}");
    }
    assert_eq!(read::users_per_invite("100"), Ok(100));
    for text in ["0", "-1", "1001", "all", ""] {
        assert!(read::users_per_invite(text).is_err(), "{text}");
    }
    for (text, limits) in [
        ("documented", RateLimits::Documented),
        ("off", RateLimits::Off),
        ("10", RateLimits::Times(10.0)),
        ("0.5", RateLimits::Times(0.5)),
    ] {
        assert_eq!(read::rate_limits(text), Ok(limits), "{text}");
        assert_eq!(limits.to_string(), text);
    }
    for text in ["", "on", "0", "-1", "NaN", "inf", "1e9"] {
        assert!(read::rate_limits(text).is_err(), "{text}");
    }
    for text in ["0", "-1", "NaN", "inf", "3601", "soon"] {
        assert!(read::seconds(text).is_err(), "{text}");
    }
}

#[test]
fn secrets_are_not_shown_and_strangers_are_told() {
    let directory = tempfile::tempdir().unwrap();
    let token = "0123456789abcdef0123456789abcdef";
    let variables = [
        (CONTROL_TOKEN, token),
        ("GUESTLIST_PORT", "tcp://10.0.0.1:80"),
    ];
    let config = Config::read(Flags::default(), &around(&variables, directory.path())).unwrap();
    assert_eq!(config.strangers, ["GUESTLIST_PORT"]);
    assert!(!format!("{config:?} {:?}", config.rows()).contains(token));
}

#[cfg(feature = "otel")]
mod traces {
    use super::*;

    /// Address and source, sampler and source.
    fn read(given: &[(&'static str, &str)], variables: &[(&str, &str)], file: &str) -> [String; 4] {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(FILE), file).unwrap();
        let config = Config::read(flags(given), &around(variables, directory.path())).unwrap();
        assert_eq!(config.strangers, [""; 0]);
        let rows = config.rows();
        let row = |key: &str| {
            let (_, value, source) = rows.iter().find(|row| row.0 == key).unwrap();
            let source = match source {
                Source::File(_, line) => format!("file:{line}"),
                other => other.to_string(),
            };
            [value.clone(), source]
        };
        let [address, from] = row("traces");
        let [sampler, by] = row("traces_sampler");
        [address, from, sampler, by]
    }

    #[test]
    fn ours_come_before_the_standards_and_those_before_the_file() {
        let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://base:4318");
        let exact = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://exact/spans");
        let ours = ("GUESTLIST_TRACES", "http://ours");
        let file = "traces = \"http://file\"\ntraces_sampler = \"always_off\"\n";
        for (flags, variables, address, from) in [
            (&[][..], &[][..], "http://file/v1/traces", "file:1"),
            (&[], &[base], "http://base:4318/v1/traces", base.0),
            (&[], &[base, exact], "https://exact/spans", exact.0),
            (&[], &[base, exact, ours], "http://ours/v1/traces", ours.0),
            (
                &[("traces", "http://flag")],
                &[ours],
                "http://flag/v1/traces",
                "--traces",
            ),
            (&[("traces", "off")], &[ours], "off", "--traces"),
            (
                &[],
                &[base, ("OTEL_TRACES_EXPORTER", "none")],
                "off",
                "OTEL_TRACES_EXPORTER",
            ),
            (
                &[],
                &[base, ("OTEL_SDK_DISABLED", "true")],
                "off",
                "OTEL_SDK_DISABLED",
            ),
            (
                &[],
                &[ours, ("OTEL_SDK_DISABLED", "true")],
                "http://ours/v1/traces",
                ours.0,
            ),
        ] {
            let [read_address, read_from, sampler, _] = read(flags, variables, file);
            assert_eq!((read_address.as_str(), read_from.as_str()), (address, from));
            assert_eq!(sampler, "always_off");
        }
        assert_eq!(read(&[], &[], "")[..2], ["off", "default"]);
        let sampler = ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio");
        let ratio = ("OTEL_TRACES_SAMPLER_ARG", "0.25");
        assert_eq!(
            read(&[], &[sampler, ratio], file)[2..],
            ["parentbased_traceidratio=0.25", sampler.0]
        );
        let described = [
            base,
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=hunter2"),
            ("OTEL_RESOURCE_ATTRIBUTES", "host.name=h"),
            ("OTEL_SERVICE_NAME", "mine"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ];
        assert_eq!(read(&[], &described, "")[0], "http://base:4318/v1/traces");
    }

    #[test]
    fn what_is_wrong_is_named_and_no_secret_is() {
        let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://base:4318");
        for (variables, told) in [
            (
                &[("GUESTLIST_TRACES", "http://u:hunter2@h")][..],
                "GUESTLIST_TRACES: the address",
            ),
            (
                &[("OTEL_EXPORTER_OTLP_ENDPOINT", "base:4317")],
                "OTEL_EXPORTER_OTLP_ENDPOINT: the address",
            ),
            (
                &[base, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
                "OTEL_EXPORTER_OTLP_PROTOCOL: \"grpc\": ",
            ),
            (
                &[base, ("OTEL_EXPORTER_OTLP_HEADERS", "hunter2")],
                "OTEL_EXPORTER_OTLP_HEADERS: written",
            ),
            (
                &[base, ("OTEL_RESOURCE_ATTRIBUTES", "x")],
                "OTEL_RESOURCE_ATTRIBUTES: written",
            ),
            (
                &[("OTEL_TRACES_SAMPLER", "some")],
                "OTEL_TRACES_SAMPLER: \"some\": a sampler is",
            ),
        ] {
            let why = complaint(&[], variables, "");
            assert!(why.starts_with(told) && !why.contains("hunter2"), "{why}");
        }
        // What is not asked for is not looked at.
        read(&[], &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")], "");
        let file = complaint(&[], &[], "\ntraces = \"nowhere\"");
        assert!(file.starts_with("guestlist.toml:2: traces: "), "{file}");
    }
}

#[test]
fn the_page_has_every_setting_and_no_other() {
    let page = include_str!("../../../../docs/settings.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `--"));
    let told: Vec<_> = rows
        .filter_map(|row| {
            let cells: Vec<_> = row.split(" | ").collect();
            let flag = cells[0].split([' ', '`']).next()?;
            let variable = cells[1].trim_matches('`').strip_prefix("GUESTLIST_")?;
            let key = cells[2].trim_matches('`');
            // The file itself cannot be named in the file.
            (flag != "config").then(|| {
                assert_eq!(flag.replace('-', "_"), key, "{row}");
                assert_eq!(variable.to_lowercase(), key, "{row}");
                key
            })
        })
        .collect();
    // A build without traces knows fewer.
    let known = |key: &&&str| KEYS.contains(*key) || key.starts_with("traces");
    assert_eq!(told.iter().filter(known).count(), told.len(), "{told:?}");
    for key in KEYS {
        assert!(told.contains(key), "`{key}` is not in docs/settings.md");
    }
}
