from urllib.parse import quote

from botocore.auth import S3SigV4Auth  # type: ignore[import-untyped] # it has none
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped] # it has none
from botocore.credentials import Credentials  # type: ignore[import-untyped] # it has none
from hypothesis import given
from hypothesis import strategies as st

from shared.objects import Bucket, signed
from shared.testing import settings_of

PATHS = st.text("abcxyz0189-_.~ é/+", min_size=1, max_size=20)


@given(
    method=st.sampled_from(["GET", "PUT", "DELETE"]),
    path=PATHS.filter(lambda path: "//" not in path and "/." not in f"/{path}"),
    body=st.binary(max_size=50),
    at=st.integers(0, 2**32),
    secret=st.text("abc/+=", min_size=1, max_size=40),
    host=st.sampled_from(["s3.eu-central-1.amazonaws.com", "127.0.0.1:18108"]),
)
def test_signature_is_the_one_that_aws_makes(
    method: str, path: str, body: bytes, at: int, secret: str, host: str
) -> None:
    url = f"https://{host}/bucket/{quote(path)}"
    ours = signed(method, url, body, ("AKID", secret), "eu-central-1", at)
    theirs = AWSRequest(method=method, url=url, data=body)
    theirs.context["timestamp"] = ours["x-amz-date"]
    theirs.headers["X-Amz-Content-SHA256"] = ours["x-amz-content-sha256"]
    theirs.headers["X-Amz-Date"] = ours["x-amz-date"]
    auth = S3SigV4Auth(Credentials("AKID", secret), "s3", "eu-central-1")
    canonical = auth.canonical_request(theirs)
    signature = auth.signature(auth.string_to_sign(theirs, canonical), theirs)
    assert ours["authorization"].rpartition("Signature=")[2] == signature


def test_installation_without_an_endpoint_has_no_bucket() -> None:
    assert Bucket.of(settings_of()) is None
