"""Signing in to the fake Salesforce: client credentials, a JWT, and a name and password, by OAuth or SOAP."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import time

import msgspec
from flask import Blueprint, Response, jsonify, request

from cuewire.sandbox.salesforce.wire import Problem
from cuewire.sandbox.session import Sessions
from cuewire.sandbox.settings import SandboxSettings

INSTANCE = "https://sandbox.my.salesforce.com"
TOKEN = "/services/oauth2/token"  # noqa: S105  # an address, not a secret
SOAP = "/services/Soap/u/"
JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"

FAULT = """<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope
 xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="urn:fault.partner.soap.sforce.com">
 <soapenv:Body><soapenv:Fault><faultcode>INVALID_LOGIN</faultcode><detail><sf:LoginFault>
 <sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>
 <sf:exceptionMessage>Invalid username, password, security token; or user locked out.</sf:exceptionMessage>
 </sf:LoginFault></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>"""

RESULT = """<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope
 xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com">
 <soapenv:Body><loginResponse><result><serverUrl>{url}</serverUrl><sessionId>{token}</sessionId>
 </result></loginResponse></soapenv:Body></soapenv:Envelope>"""


def new_sessions() -> Sessions:
    """Keep sessions whose tokens look as Salesforce's do."""
    return Sessions("00D")


def add_access(routes: Blueprint, settings: SandboxSettings, sessions: Sessions) -> None:
    """Let nobody past without a session, and open one for who can sign in."""

    @routes.before_request
    def authenticate() -> Response | None:
        if request.path.endswith(TOKEN) or SOAP in request.path:
            return None
        given = request.authorization
        token = (given.token or "") if given and given.type == "bearer" else ""
        over = Problem("INVALID_SESSION_ID", "Session expired or invalid", status=401)
        return None if sessions.is_open(token) else over.as_answer()

    @routes.post(TOKEN)
    def by_oauth() -> Response:
        return sign_in(settings, sessions)

    @routes.post(f"{SOAP}<version>")
    def by_soap(version: str) -> Response:
        text = request.get_data(as_text=True)
        given = [
            (re.search(f"<n1:{name}>(.*?)</n1:{name}>", text) or ["", ""])[1]
            for name in ("username", "password")
        ]
        if not is_user(given[0], given[1], settings):
            return Response(FAULT, status=500, content_type="text/xml")
        url = f"{INSTANCE}{SOAP}{version}/00D000000000001"
        return Response(RESULT.format(url=url, token=sessions.start()), content_type="text/xml")


def sign_in(settings: SandboxSettings, sessions: Sessions) -> Response:
    """Judge one of the ways of OAuth."""
    form, way = request.form, request.form.get("grant_type")
    if way == "client_credentials":
        given = request.authorization
        pair = f"{given.username}:{given.password}" if given else ""
        wanted = f"{settings.salesforce_consumer_key}:{settings.salesforce_consumer_secret}"
        is_good = hmac.compare_digest(pair.encode(), wanted.encode())
        return signed_in(sessions) if is_good else refused("invalid_client", "invalid client credentials")
    if way == "password":
        is_app = form.get("client_id") == settings.salesforce_consumer_key
        is_good = is_app and is_user(str(form.get("username")), str(form.get("password")), settings)
        return signed_in(sessions) if is_good else refused("invalid_grant", "authentication failure")
    if way == JWT:
        is_good = issuer(str(form.get("assertion"))) == settings.salesforce_consumer_key
        return signed_in(sessions) if is_good else refused("invalid_grant", "invalid assertion")
    return refused("unsupported_grant_type", "grant type not supported")


def is_user(username: str, password: str, settings: SandboxSettings) -> bool:
    """Say whether somebody may sign in; a security token stands behind the password."""
    return username == settings.salesforce_username and password.startswith(settings.salesforce_password)


def issuer(assertion: str) -> str:
    """Read who a JWT is from; the fake has no certificate to see whether it was signed by them."""
    parts = assertion.split(".")
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "==")) if len(parts) == 3 else {}
    except (msgspec.DecodeError, binascii.Error):
        return ""
    return str(claims.get("iss")) if isinstance(claims, dict) else ""


def signed_in(sessions: Sessions) -> Response:
    """Open a session, and tell of it as OAuth does."""
    told = {
        "token_type": "Bearer",
        "issued_at": str(time.time_ns() // 1_000_000),
        "id": "https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA",
        "signature": "sandbox",
        "scope": "api",
    }
    return jsonify(access_token=sessions.start(), instance_url=INSTANCE, **told)


def refused(code: str, message: str) -> Response:
    """Refuse a sign-in as OAuth writes it."""
    answer = jsonify(error=code, error_description=message)
    answer.status_code = 400
    return answer
