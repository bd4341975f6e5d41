"""A small set of passages and questions of our own, in both languages, and an encoder that takes no time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tools.documents.model import Passage
from tools.retrieval.encoders import Vectors

TEXTS = {
    "winback": "对30到60天没有来过的用户按过去看过的类目推送内容，唤醒率从4%提升至12%，是模板消息的3倍。",
    "onboarding": "把注册后的引导任务从五个减到三个，新用户7日留存率从38%提升至45%。",
    "payment": "结账页默认选中上次用过的支付方式，支付成功率提升到98.5%。",
    "referral": "邀请好友完成首单的人得到会员权益，三个月里新用户有四成由老用户带来。",
    "renewal": "推出家庭共享会员之后，年度续订率从65%提升至82%。",
    "captcha": "次日留存突然下滑，查到验证码环节出了故障，48小时内修好。",
    "complaints": "识别到连续操作失败时弹出一键求助，客服投诉量减少42%。",
    "english": "Cutting the number of promotional messages from three a week to one raised the click rate by 28%.",
}
QUESTIONS = {
    "怎么让很久没来的人回来": "winback",
    "How can we wake up idle users?": "winback",
    "新手引导改了什么，留存变化多少": "onboarding",
    "What did a shorter onboarding do for retention?": "onboarding",
    "老带新的效果如何": "referral",
    "How many newcomers do friends bring in?": "referral",
    "会员续费率提高了多少": "renewal",
    "What did the family plan do for renewals?": "renewal",
    "验证码出过什么问题": "captcha",
    "Which feature made complaints go down?": "complaints",
    "结账付款怎么优化": "payment",
    "消息发得少一点会怎么样": "english",
}
ELSEWHERE = (
    "明天会下雨吗", "糖醋排骨的做法", "孩子发烧怎么办", "勾股定理是什么", "怎么办理护照", "你好", "哈哈哈哈", "太阳系有几颗行星",
    "define photosynthesis", "how to tie a tie", "my laptop will not start", "foo bar baz", "what is dark matter", "hello",
)  # fmt: skip


def small_shelf() -> list[Passage]:
    """Return the passages, each of a document of its own."""
    return [
        Passage(f"p-{name}", f"doc-{name}", f"{name}.txt", "增长复盘", (), "¶1", text) for name, text in TEXTS.items()
    ]


class CharacterEncoder:
    """Hashes characters into a vector: the same texts are near, nothing else is understood."""

    def __init__(self, name: str = "characters/1", dimension: int = 64) -> None:
        self.name, self.dimension, self.encoded = name, dimension, 0

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return a row for each text."""
        return self._rows(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return a row for each text, and count them."""
        self.encoded += len(texts)
        return self._rows(texts)

    def _rows(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for character in text.lower() or ".":
                row[ord(character) * 2654435761 % self.dimension] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
