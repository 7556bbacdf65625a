"""``cuewire serve``: one supervised process that holds the receiver and the engine."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from http.client import HTTPConnection, HTTPException
from multiprocessing.util import Finalize
from pathlib import Path
from threading import Event, Thread
from typing import Any

import structlog
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from core.config.linking import messages_with_links
from core.config.loader import Loaded
from core.errors import OperatorError
from core.store.embedded import open_store
from cuewire.clock import SystemClock
from cuewire.sandbox import Sandbox, SandboxSettings
from cuewire.sandbox.settings import new_number
from cuewire.settings import FROM_FILE, PREFIX, Settings, read_values, secrets_of, variable
from cuewire.wiring import Runtime, load_mappings
from webhooks.gateway import Gateway
from webhooks.proxy import BehindProxy, read_networks

#: Requests that may wait for a commit together; each one holds a thread.
WAITERS = 64
#: Requests that may be on their way in at once, below the usual limit of 1,024 open files.
ARRIVING = 800

#: A server that starts is asked this often, in seconds, whether it answers.
LOOK_EVERY = 0.1

#: ``prctl(PR_SET_PDEATHSIG)``: a server whose supervisor is killed must not live on and keep the port.
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    mappings: Path
    data: Path
    host: str
    port: int
    sandbox: bool = False
    as_json: bool = False


def run(options: Options) -> None:
    """Check everything that can be wrong, then serve until stopped."""
    configure_logging(as_json=options.as_json)
    environment = dict(os.environ)
    loaded = _check_mappings(options.mappings)
    fakes = _start_sandbox(environment, loaded.destinations) if options.sandbox else None
    settings = read_settings(options, environment, loaded)
    environment |= settings.made
    for name, value in settings.made.items():
        _say(f"made for this sandbox: {name}={value}")
    _warn_of_links(loaded, environment)
    _check_port(options.host, options.port)
    open_store(options.data, clock=SystemClock()).close()
    ended = Event()
    Thread(target=_say_when_it_answers, args=(options, ended), daemon=True).start()
    try:
        _serve(options, environment)
    finally:
        ended.set()
        if fakes:
            fakes.stop()


def _say_when_it_answers(options: Options, ended: Event) -> None:
    """Say where the server is once it answers there, and not before: people and scripts go by this line."""
    while not ended.wait(LOOK_EVERY):
        asking = HTTPConnection(options.host, options.port, timeout=5)
        try:
            asking.request("GET", "/healthz")
            asking.getresponse()
        except (OSError, HTTPException):
            continue
        finally:
            asking.close()
        _say(f"Cuewire listens on http://{options.host}:{options.port}")
        return


def _serve(options: Options, environment: dict[str, str]) -> None:
    server = Granian(
        "cuewire",
        address=options.host,
        port=options.port,
        interface=Interfaces.ASGINL,
        workers=1,
        backpressure=ARRIVING,
        websockets=False,
        log_level=LogLevels.error,
    )
    server.serve(target_loader=partial(load_app, options, environment, os.getpid()), wrap_loader=False)


def read_settings(options: Options, environment: Mapping[str, str], loaded: Loaded | None = None) -> Settings:
    """Read the environment; without a public address this server's own stands in."""
    own = {"CUEWIRE_PUBLIC_URL": f"http://{options.host}:{options.port}"}
    also = secrets_of(loaded.rules.sources) if loaded and loaded.rules else []
    return Settings.read(environment, sandbox=options.sandbox, defaults=own, also=also)


def load_app(options: Options, environment: dict[str, str], supervisor: int, *_: Any) -> Any:
    """Build and start everything inside the serving process."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != supervisor:
        os.kill(os.getpid(), signal.SIGKILL)
    configure_logging(as_json=options.as_json)
    runtime = Runtime(read_settings(options, environment), options.mappings, options.data, SystemClock())
    runtime.start()
    Finalize(runtime, runtime.stop, exitpriority=100)
    _say(f"The console opens once, within 15 minutes: {runtime.console_link()}")
    settings = runtime.settings
    trusted = read_networks(settings.trusted_proxies)
    app = BehindProxy(runtime.app, public_url=settings.public_url, trusted=trusted)
    gateway = Gateway(app, threads=WAITERS)
    Finalize(gateway, gateway.close, exitpriority=101)
    return gateway.call


def configure_logging(*, as_json: bool) -> None:
    """Log key-value events to stderr."""
    render: Any = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _check_mappings(folder: Path) -> Loaded:
    loaded = load_mappings(folder)
    for problem in loaded.problems:
        _say(str(problem))
    if loaded.rules is None:
        raise OperatorError(
            f"the mappings in {folder} have errors", hint="mend the lines above, then start again"
        )
    return loaded


def _warn_of_links(loaded: Loaded, environment: Mapping[str, str]) -> None:
    """Say so when links in messages would lead to this machine alone."""
    names = messages_with_links(loaded.messages)
    if names and not any(environment.get(f"CUEWIRE_PUBLIC_URL{form}") for form in ("", FROM_FILE)):
        told = f"warning: {', '.join(names)}: unsubscribe and preference links lead to this machine only"
        _say(f"{told} (set CUEWIRE_PUBLIC_URL to the address under which people reach this server)")


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise OperatorError(
                f"port {port} on {host} cannot be used: {problem.strerror}", hint="choose another with --port"
            ) from problem


def _start_sandbox(environment: dict[str, str], destinations: Mapping[str, str]) -> Sandbox | None:
    """Start the fake vendors and point every destination at them that is not pointed elsewhere.

    ``destinations`` gives the kind of each by its name: a second instance must not reach the real vendor either.
    """
    given = {PREFIX + name: value for name, value in read_values(environment, []).items()}
    fakes = Sandbox(replace(SandboxSettings.accepting(given), first_contact=new_number()))
    wanted = sandbox_settings(fakes.settings.as_environment(""), destinations)
    if all(given.get(name) for name in wanted if name.endswith("_BASE_URL")):
        return None
    url = fakes.start()
    for name, value in sandbox_settings(fakes.settings.as_environment(url), destinations).items():
        if name not in given:
            environment[name] = value
    _say(f"The sandbox shows what arrives on {url}")
    return fakes


def sandbox_settings(own: Mapping[str, str], destinations: Mapping[str, str]) -> dict[str, str]:
    """Give the sandbox's settings to every instance of a kind, by the instance's own names.

    A second instance that points to the sandbox must bring the credentials that it accepts.
    """
    settings = dict(own)
    for instance, kind in destinations.items():
        prefix = f"CUEWIRE_{variable(kind, '')}"
        for name in [name for name in settings if instance != kind and name.startswith(prefix)]:
            settings[f"CUEWIRE_{variable(instance, '')}{name.removeprefix(prefix)}"] = settings[name]
    return settings


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
