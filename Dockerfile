# guestlist from the source tree: docker build -t guestlist .
# docs/operations.md says how to run it, and what of this was tried.
FROM rust:1.95-slim-trixie AS build
# For SQLite, zlib's Rust port aside the one thing here that is written in C, and for ring.
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc libc6-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
# Traces are in it (docs/tracing.md); --no-default-features leaves them out.
# The image has the compiler already: the file that pins it would have rustup fetch it again.
RUN rm rust-toolchain.toml \
 && cargo build --release --locked --bin guestlist

FROM debian:trixie-slim
# Certificates, for whatever is reached with TLS: apps, mail servers, databases, and servers by `guestlist call`.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /data --no-create-home guestlist \
 && install -d -o guestlist -g guestlist -m 0700 /data
COPY --from=build /source/target/release/guestlist /usr/local/bin/guestlist
USER guestlist
VOLUME /data
ENV GUESTLIST_DATA=/data \
    GUESTLIST_LISTEN=0.0.0.0:3999 \
    GUESTLIST_LOG_FORMAT=json
EXPOSE 3999
# SIGTERM, which docker stop sends, lets calls under way finish.
STOPSIGNAL SIGTERM
ENTRYPOINT ["guestlist"]
CMD ["serve"]
