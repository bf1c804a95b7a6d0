"""Reading files into documents: `find_documents` and `read_document` are the ways in."""

from animstudio.knowledge.documents.find import find_documents
from animstudio.knowledge.documents.read import content_digest, read_document
from animstudio.knowledge.documents.spec import ReadSpec
from animstudio.knowledge.documents.unreadable import UnreadableDocument

__all__ = [
    "ReadSpec",
    "UnreadableDocument",
    "content_digest",
    "find_documents",
    "read_document",
]
