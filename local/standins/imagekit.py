"""ImageKit, as far as its SDK calls it: uploads, files, tags, search, and pictures by URL."""

import hashlib
from collections.abc import Callable, Mapping
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request

from local.standins import avatars, search
from local.standins.account import Account, Picture
from local.standins.files import File, Refused
from local.standins.uploads import Denied, is_account

Answer = Response | tuple[Response, int]
MOST_LISTED = 1000
MOST_TAGGED = 50


class Missing(Exception):
    """No file has the id or the path."""


def blueprint(account: Account) -> Blueprint:
    routes = Blueprint("imagekit", __name__, url_prefix="/imagekit")
    desk = Desk(account)
    rules: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
        ("POST", "/api/v1/files/upload", desk.upload),
        ("POST", "/api/v2/files/upload", desk.upload_by_token),
        ("GET", "/v1/files", desk.list_files),
        ("GET", "/v1/files/<file_id>/details", desk.get_file),
        ("PATCH", "/v1/files/<file_id>/details", desk.update_file),
        ("DELETE", "/v1/files/<file_id>", desk.delete_file),
        ("POST", "/v1/files/addTags", desk.add_tags),
        ("POST", "/v1/files/removeTags", desk.remove_tags),
        ("GET", "/files/avatars/<name>.png", desk.avatar),
        ("GET", "/files/<path:path>", desk.picture),
    )
    for method, rule, view in rules:
        routes.add_url_rule(rule, view_func=view, methods=[method])
    routes.before_request(desk.authenticate)
    for refusal, status in (
        (Refused, HTTPStatus.BAD_REQUEST),
        (Denied, HTTPStatus.FORBIDDEN),
        (Missing, HTTPStatus.NOT_FOUND),
    ):
        routes.register_error_handler(refusal, _saying(status))
    return routes


def _saying(status: HTTPStatus) -> Callable[[Exception], Answer]:
    return lambda error: (jsonify({"message": str(error), "help": ""}), status)


class Desk:
    """The account's REST API, one method per call."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.library = account.library
        self.endpoint = account.settings.url_endpoint

    def authenticate(self) -> Answer | None:
        """Ask for the private key wherever a browser has no business."""
        sent = request.headers.get("Authorization", "")
        if request.path.startswith("/imagekit/files/") or (
            not sent and "/api/" in request.path
        ):
            return None
        if is_account(self.account.settings, sent):
            return None
        return jsonify({"message": "the private key is not this account's"}), 401

    def upload(self) -> Answer:
        return self._receive(self.account.signatures.check_parameters)

    def upload_by_token(self) -> Answer:
        return self._receive(self.account.signatures.check_token)

    def _receive(self, check: Callable[[Mapping[str, str]], None]) -> Answer:
        form = request.form.to_dict()
        if "Authorization" not in request.headers:
            check(form)
        sent = request.files.get("file")
        return jsonify(self.account.upload(form, sent.read() if sent else b""))

    def list_files(self) -> Answer:
        arguments = request.args
        matches = search.matching(arguments.get("searchQuery", ""))
        folder = arguments.get("path", "").rstrip("/")
        kind = arguments.get("fileType", "all")
        found = [
            file
            for file in self.library.all()
            if matches(file) and kind in {"all", file.kind} and folder in {"", file.folder}
        ]
        found = search.ordered(found, arguments.get("sort", "ASC_CREATED"))
        skip = arguments.get("skip", 0, int)
        limit = min(arguments.get("limit", MOST_LISTED, int), MOST_LISTED)
        return jsonify([file.described(self.endpoint) for file in found[skip : skip + limit]])

    def get_file(self, file_id: str) -> Answer:
        return jsonify(self._known(file_id).described(self.endpoint))

    def update_file(self, file_id: str) -> Answer:
        file, wish = self._known(file_id), request.get_json()
        if "tags" in wish:
            file = self.library.retag(file, wish["tags"] or ())
        if "customMetadata" in wish:
            file = self.library.annotate(file, wish["customMetadata"])
        if "description" in wish:
            file = self.library.describe(file, str(wish["description"] or ""))
        return jsonify(file.described(self.endpoint))

    def delete_file(self, file_id: str) -> Answer:
        self.library.remove(self._known(file_id))
        return Response(status=204)

    def add_tags(self) -> Answer:
        tags = request.get_json()["tags"]
        return self._retag(lambda file: (*file.tags, *tags))

    def remove_tags(self) -> Answer:
        tags = request.get_json()["tags"]
        return self._retag(lambda file: tuple(tag for tag in file.tags if tag not in tags))

    def _retag(self, change: Callable[[File], tuple[str, ...]]) -> Answer:
        ids = request.get_json()["fileIds"]
        if len(ids) > MOST_TAGGED:
            raise Refused(f"fileIds may have {MOST_TAGGED} items, got {len(ids)}")
        files = [self._known(file_id) for file_id in ids]
        for file in files:
            self.library.retag(file, change(file))
        return jsonify({"successfullyUpdatedFileIds": [file.id for file in files]})

    def avatar(self, name: str) -> Answer:
        return _shown(Picture(avatars.portrait(name), "image/png"))

    def picture(self, path: str) -> Answer:
        asked = request.args.get("tr", "")
        first, _, rest = path.partition("/")
        if first.startswith("tr:"):
            path, asked = rest, first.removeprefix("tr:")
        file = self.library.at(f"/{path}")
        if file is None:
            raise Missing(f"no file is at /{path}")
        return _shown(self.account.picture(file, asked, request.headers.get("Accept", "")))

    def _known(self, file_id: str) -> File:
        file = self.library.get(file_id)
        if file is None:
            raise Missing(f"no file has the id {file_id}")
        return file


def _shown(picture: Picture) -> Response:
    response = Response(picture.content, mimetype=picture.mime)
    response.set_etag(hashlib.sha256(picture.content).hexdigest()[:32])
    response.cache_control.public = True
    response.cache_control.max_age = 3600
    response.vary.add("Accept")
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Files of strangers are served from the site's own origin: none of them may act there.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if not picture.mime.startswith("image/"):
        response.headers["Content-Disposition"] = "attachment"
    if picture.ignored:
        response.headers["X-Standin-Ignored"] = ",".join(picture.ignored)
    response.make_conditional(request)
    return response
