"""A certificate that signs itself."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding


def _certificate(number):
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(number, number + 32)))
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"host{number}.example.org")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), number + 1)
    builder = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    builder = builder.not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
    return builder.sign(key, None).public_bytes(Encoding.PEM)


certificates = [_certificate(number) for number in range(8)]


def described(pem):
    """Return what a certificate says."""
    certificate = x509.load_pem_x509_certificate(pem)
    return {"name": certificate.subject, "until": certificate.not_valid_after_utc, "number": certificate.serial_number}
