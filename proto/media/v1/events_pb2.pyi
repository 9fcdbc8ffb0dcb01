from proto import privacy_pb2 as _privacy_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class MediaUploaded(_message.Message):
    __slots__ = ("id", "url", "name", "owner", "width", "height", "size", "post_id", "tags", "alt")
    ID_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    POST_ID_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    ALT_FIELD_NUMBER: _ClassVar[int]
    id: str
    url: str
    name: str
    owner: str
    width: int
    height: int
    size: int
    post_id: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    alt: str
    def __init__(self, id: _Optional[str] = ..., url: _Optional[str] = ..., name: _Optional[str] = ..., owner: _Optional[str] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., size: _Optional[int] = ..., post_id: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., alt: _Optional[str] = ...) -> None: ...

class MediaUpdated(_message.Message):
    __slots__ = ("id", "url", "name", "owner", "width", "height", "size", "post_id", "tags", "alt")
    ID_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    POST_ID_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    ALT_FIELD_NUMBER: _ClassVar[int]
    id: str
    url: str
    name: str
    owner: str
    width: int
    height: int
    size: int
    post_id: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    alt: str
    def __init__(self, id: _Optional[str] = ..., url: _Optional[str] = ..., name: _Optional[str] = ..., owner: _Optional[str] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., size: _Optional[int] = ..., post_id: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., alt: _Optional[str] = ...) -> None: ...

class MediaDeleted(_message.Message):
    __slots__ = ("id", "owner", "post_id")
    ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    POST_ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    owner: str
    post_id: str
    def __init__(self, id: _Optional[str] = ..., owner: _Optional[str] = ..., post_id: _Optional[str] = ...) -> None: ...
