"""Simplified texts of the pages in Traditional script, with the words of Taiwan for what programs have."""

from collections.abc import Mapping

from ingest.fold import traditionalize

# Longer words before those they hold.
_WORDS = {
    "退出登录": "登出",
    "登录": "登入",
    "账号": "帐号",
    "令牌": "权杖",
    "用户名": "使用者名称",
    "用户": "使用者",
    "设备": "装置",
    "链接": "连结",
    "设置": "设定",
    "打开": "开启",
    "刷新": "重新整理",
    "打印": "列印",
    "当前": "目前",
    "创建": "建立",
    "恢复": "还原",
    "内存": "记忆体",
    "服务器": "伺服器",
    "文件夹": "资料夹",
    "字节": "位元组",
    "界面": "介面",
    "计划": "计画",
    "台账": "台帐",
    "地址": "位址",
    "字符": "字元",
    "程序": "程式",
    "联系": "联络",
    "访问": "存取",
    "信息": "资讯",
    "发送": "送出",
    "提交": "送出",
    "反馈": "意见",
    "选择文字": "选取文字",
}
# One spelling of what the converter has two of, and quotation marks.
_SPELLINGS = {"發布": "發佈", "臺": "台", "“": "「", "”": "」"}


def in_traditional(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts by their keys, in Traditional script."""
    return {key: _traditional(words) for key, words in texts.items()}


def _traditional(words: str) -> str:
    for simplified, taiwan in _WORDS.items():
        words = words.replace(simplified, taiwan)
    words = traditionalize(words)
    for spelling, ours in _SPELLINGS.items():
        words = words.replace(spelling, ours)
    return words
