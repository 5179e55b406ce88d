# syntax=docker/dockerfile:1

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
# Production has no stand-ins for Kafka, Stripe and the mail server; `embedded` adds them.
ARG FEATURES=kafka-tls
# The caches outlive a build, so that a change compiles only what it touches. One build at a time: each
# copies its own program out of the shared folder.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --release --locked --package comanda --no-default-features --features "$FEATURES" \
    && cp target/release/comanda /usr/local/bin/comanda

FROM debian:bookworm-slim
# What TLS to Kafka needs.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libssl3 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --no-create-home comanda \
    && install --directory --owner=comanda --group=comanda --mode=0700 /data
COPY --from=build /usr/local/bin/comanda /usr/local/bin/comanda
USER comanda
WORKDIR /data
ENV COMANDA_HOST=0.0.0.0 COMANDA_PORT=8080 COMANDA_DATA=/data
EXPOSE 8080
# The image has no curl; bash can ask as well.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$COMANDA_PORT && printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3 && head -n1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["comanda"]
CMD ["up"]
