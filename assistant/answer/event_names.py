"""What events are called in sentences, tables and charts; one that is not here is shown as it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from knowledge.text import Text

EVENT_NAMES: Final[Mapping[str, Text]] = {
    "register_start": Text("开始注册", "Start registration"),
    "captcha_fail": Text("验证码失败", "Captcha failed"),
    "register": Text("完成注册", "Register"),
    "app_open": Text("打开 App", "Open the app"),
    "profile_complete": Text("完善资料", "Complete profile"),
    "first_interaction": Text("首次互动", "First interaction"),
    "claim_gift": Text("领取礼包", "Claim gift"),
    "content_view": Text("浏览内容", "View content"),
    "content_publish": Text("发布内容", "Publish content"),
    "like": Text("点赞", "Like"),
    "comment": Text("评论", "Comment"),
    "share": Text("分享", "Share"),
    "search": Text("搜索", "Search"),
    "consult": Text("咨询", "Consult"),
    "help_answer": Text("帮助回答", "Answer a question"),
    "checkin": Text("签到", "Check in"),
    "checkout_view": Text("浏览结算页", "View checkout"),
    "pay_method": Text("选择支付方式", "Choose payment method"),
    "pay_submit": Text("提交支付", "Submit payment"),
    "pay_success": Text("支付成功", "Payment success"),
}
