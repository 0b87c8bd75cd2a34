"""AMQP for tests: Debian's pika, and who may say what."""

import contextlib
import ssl
import sys

sys.path.append("/usr/lib/python3/dist-packages")  # also of a Python that is not Debian's; pika is Python alone
import pika  # noqa: E402
import pika.credentials  # noqa: E402
import pika.exceptions  # noqa: E402

ACCESS_REFUSED = 403


def connect(node, ca, name, virtual_host="stile", login=None):
    """With the certificate of `name`; login: a user and password instead of what it says."""
    context = ssl.create_default_context(cafile=ca.certificate)
    if name:
        context.load_cert_chain(*ca.files(name))
    credentials = pika.PlainCredentials(*login) if login else pika.credentials.ExternalCredentials()
    return pika.BlockingConnection(pika.ConnectionParameters(
        "127.0.0.1", node.amqps_port, virtual_host, credentials, socket_timeout=20, blocked_connection_timeout=20,
        ssl_options=pika.SSLOptions(context, "localhost")))


def as_test(node, user):
    """Without TLS; the user's name is its password."""
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", node.amqp_port, "stile",
                                                             pika.PlainCredentials(user, user)))


def refusal(connection, act):
    """The reason code with which the broker closed a channel because of act(channel); 0: it did it."""
    channel = connection.channel()
    channel.confirm_delivery()
    try:
        act(channel)
    except pika.exceptions.ChannelClosedByBroker as closed:
        return closed.reply_code
    channel.close()
    return 0


def is_shut_out(*arguments, **options):
    """No connection at all."""
    with contextlib.suppress(pika.exceptions.AMQPError, OSError):
        connect(*arguments, **options).close()
        return False
    return True
