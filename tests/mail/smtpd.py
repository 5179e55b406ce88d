"""An SMTP server that is not ours: it prints what it takes, one JSON object a line.

smtpd.py MODE CERTIFICATE KEY USER PASSWORD, where MODE is plain, starttls or tls, and an empty USER
lets everybody in. The first line is the port. It ends when its standard input does.
"""

import asyncio
import base64
import json
import logging
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

# Handshakes and passwords that fail are what is tried, and TLS without STARTTLS is no danger here.
logging.getLogger("mail").setLevel(logging.CRITICAL)
warnings.simplefilter("ignore")


class Printer:
    async def handle_DATA(self, server, session, envelope):
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": server.transport.get_extra_info("ssl_object") is not None,
            "signed_in": bool(session.authenticated),
            "raw": base64.b64encode(envelope.original_content).decode(),
        }
        print(json.dumps(mail), flush=True)
        return "250 printed"


async def main():
    mode, certificate, key, user, password = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if mode != "plain":
        context.load_cert_chain(certificate, key)

    def authenticator(server, session, envelope, mechanism, data):
        expected = LoginPassword(user.encode(), password.encode())
        return AuthResult(success=data == expected, handled=False)

    def smtp():
        return SMTP(
            Printer(),
            tls_context=context if mode == "starttls" else None,
            require_starttls=mode == "starttls",
            authenticator=authenticator,
            auth_required=user != "",
            # It does not see that TLS was there from the first byte.
            auth_require_tls=mode == "starttls",
        )

    loop = asyncio.get_running_loop()
    tls = context if mode == "tls" else None
    server = await loop.create_server(smtp, "127.0.0.1", 0, ssl=tls)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
