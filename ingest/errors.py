"""The errors that a person may see, and what those of other modules are made from. The message says what happened,
to which file, and what to do."""

DAMAGE_ADVICE = (
    "Is the disk full or the folder not writable? If neither, stop the server and run `huiwen ingest rebuild`, "
    "which makes every index anew, or restore a backup into a new home. / 磁盘是否已满、文件夹是否可写？"
    "若都正常，请停止服务后运行 huiwen ingest rebuild 重建索引，或把备份恢复到新的目录。"
)

# What staff decided is in the catalogue alone, so that a damaged one cannot be made anew.
LOSS_ADVICE = (
    "It is damaged: restore a backup into a new home with `huiwen restore`, or add the documents to a new home; the "
    "files as they came are in the folder `originals`. / 数据库已损坏：请用 huiwen restore 把备份恢复到新的目录，"
    "或在新目录中重新添加文件，原始文件仍在 originals 文件夹中。"
)


class HuiwenError(Exception):
    """Base of all errors whose text is meant for people: shown in one line, never as a stack trace."""


class LoadError(HuiwenError):
    """A file cannot be read as a document; the library is unchanged by it."""


class WorkerError(LoadError):
    """The process that reads files was too slow or has ended: what failed now may be read another time."""


class LibraryError(HuiwenError):
    """The library cannot do what was asked (unknown document, other embedding model, busy, damaged)."""


class QuestionError(HuiwenError):
    """A question, or a file of questions, cannot be used."""
