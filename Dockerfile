# syntax=docker/dockerfile:1
# Two stages: the first builds the wheel and installs it from the lock, the second holds only the result.
# packaging/verify runs the same steps without a container engine, and is what the tests run.
FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
RUN PYTHON=python3 packaging/install /opt/cuewire

FROM python:3.11-slim
RUN groupadd --gid 65532 cuewire \
    && useradd --uid 65532 --gid 65532 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin cuewire \
    && install --directory --owner=65532 --group=65532 --mode=0700 /data
COPY --from=build /opt/cuewire /opt/cuewire
ENV PATH=/opt/cuewire/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 65532:65532
# Nothing but /data and /tmp is ever written: run it with a read-only root file system.
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["cuewire-healthcheck"]
ENTRYPOINT ["cuewire"]
CMD ["serve", "--host", "0.0.0.0", "--mappings", "/mappings", "--data", "/data", "--json"]
