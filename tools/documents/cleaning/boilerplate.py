"""Rules that take out lines that are no part of the document: words of the site it was shared on, lists of links."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.documents.blocks import Block

_SITE = (
    r"原创力文档|book118|人人文库|renrendoc|道客巴巴|doc88|豆丁|docin|百度文库|wenku\.baidu|wenku|文库网|淘豆网|taodocs|金锄头|三一文库"
    r"|新浪爱问|360文库|文档网|文档之家|max\.book|脚本之家文档|学科网|第一文库|蚂蚁文库|得力文库|renrendoc|mbalib|zhuangpeitu|装配图网"
)
_SURE = (
    re.compile(
        rf"^.{{0,40}}(?:{_SITE}).{{0,200}}(?:版权|上传|下载|付费|责任|侵权|资源|存储|充值|会员|积分|VIP).*$",
        re.IGNORECASE,
    ),
    re.compile(
        r"^[-•*·\s\d.、]*本(?:站|网站)(?:所有|的|不|仅|资源|内容|文档|RAR|提供|为|只|对|上|全部|不保证|声明).*$"
    ),
    re.compile(r"^(?:版权说明|版权声明|版权提示|免责声明|侵权投诉|侵权声明)[:：].*$"),
    re.compile(r"^[-•*·\s\d.、]*(?:未经(?:权益)?所有人同意|文件的所有权益|下载文件中如有侵权|如文档侵犯).*$"),
    re.compile(r"^[-•*·\s\d.、]*本文档由(?:用户|网友|会员).*上传.*$"),
    re.compile(
        r"^文档评论\s*[(（]\d*[)）]$|^\d*亿?VIP精品文档$|^.*\.(?:docx?|pptx?|pdf|xlsx?|txt|wps)VIP$", re.IGNORECASE
    ),
    re.compile(
        r"^.*(?:如您付费|二次下载|下载后如有问题|本文档共\d+页.*(?:预览|下载)|还剩\s*\d+\s*页未读|付费后(?:可)?下载|下载本文档|开通VIP).*$"
    ),
    re.compile(
        r"^(?:知识)?版权申诉$|^(?:立即|免费|点击)?下载(?:该|本|此)?(?:文档|原文|全文|原文件)$|^文档加载中.*$|^(?:正在)?加载中.*请稍[候后].*$"
    ),
    re.compile(r"^.*(?:侵权必究|版权归(?:原作者|上传者|作者)所有).*(?:删除|转载|联系|举报|必究).*$"),
)
"""A line that says plainly it comes from a document-sharing site."""

_LIKELY = re.compile(
    r"^(?:[-•*·]?\s*)(?:查看更多|展开(?:阅读)?全文|阅读全文|加载更多|继续阅读|举报|投诉|收藏|分享|点赞|打印|下载|评论|提交评论|发表评论|暂无评论"
    r"|\d+|\d+\s*/\s*\d+|约?\s*[\d.]+\s*[千万]?字|约?\s*\d+\s*页|\d{4}-\d{1,2}-\d{1,2}\s*发布于.*|(?:上传|发布)(?:时间|者|人|于).*"
    r"|(?:文档|文件)?(?:格式|大小|页数|编号|分类|标签)[:：].*|[\d.]+\s*[KM]B|(?:浏览|阅读|下载)(?:量|次数)?[:：]?\s*\d+.*|.{1,16}\+\s*关注|关注"
    r"|实名认证|内容提供者|认证(?:主体|类型).*|文档(?:简介|介绍|描述|分享|预览)|(?:温馨|友情|下载)提示|(?:网友|用户)评论|评价文档.*|\d+\s*积分"
    r"|相关(?:文档|资源|推荐|资料|搜索)|(?:最新|热门|推荐|同类|猜你喜欢的?|您可能关注的?|你可能喜欢的?|您可能感兴趣的?)(?:文档|资源|资料|文章)?"
    r"|[^>＞»]{1,20}(?:\s*[>＞»]\s*[^>＞»]{1,20}){2,}|上一篇.*|下一篇.*|首页|登录|注册|返回顶部)$"
)
"""A line that is a label of such a page, believed only where the document has a sure one."""

_TAIL = re.compile(
    r"^(?:文档评论\s*[(（]\d*[)）]|(?:您可能关注的|你可能喜欢的|您可能感兴趣的|相关|最新|热门|推荐|同类)(?:文档|资源|资料)|温馨提示|(?:网友|用户)?评论)$"
)
_OTHER_DOCUMENT = re.compile(
    r"(?:附答案|含答案|含解析|及答案|答案解析|及解析|试[题卷]|题库|模拟题|必刷\)?|课件|协议书|合同书?|范文|模板|教案|白皮书-?|数据误差及处理.{0,3}"
    r"|\.(?:docx?|pptx?|pdf|xlsx?|wps|rar|zip)|(?:ppt|word|pdf)版?)(?:[(（].{0,24}[)）])*\s*-?$",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[-•*·]|\d+[.、])\s*")
_ADDRESS = re.compile(r"^(?:[-•*·]?\s*)(?:.{0,40}[（(\s])?https?://\S+[）)]?$|^www\.\S+$", re.IGNORECASE)
_NOTICE = re.compile(r"本站|上传者|上传用户|侵权|下载")
_SHORT = 80
_LONGEST = 600
"""No notice is longer."""


def site_boilerplate(blocks: Sequence[Block]) -> set[int]:
    """Notices and labels of document-sharing sites go, and the foot of such a page from its first label on.

    Labels that a document could have itself (相关文档, 评论, a lone number) go only where the document has a line that
    names such a site or its notices.
    """
    sure = {
        i
        for i, block in enumerate(blocks)
        if len(block.text) <= _LONGEST and any(pattern.match(block.text) for pattern in _SURE)
    }
    if not sure:
        return set()
    likely = {
        i
        for i, block in enumerate(blocks)
        if len(block.text) <= _SHORT and _LIKELY.match(block.text) and block.kind != "row"
    }
    head = min(sure) if sure else 0
    tail = _tail(blocks, sure | likely)
    near = {i for i in likely if i <= max(head + 30, 30) or i >= tail}
    return sure | near | set(range(tail, len(blocks)))


def _tail(blocks: Sequence[Block], dropped: set[int]) -> int:
    """Return where the foot of the page begins: a label after which nothing reads like a document; the end where none."""
    for i, block in enumerate(blocks):
        if _TAIL.match(block.text) and i > len(blocks) // 4:
            rest = [other for j, other in enumerate(blocks[i:], start=i) if j not in dropped]
            if all((len(other.text) <= _SHORT and other.kind != "row") or _NOTICE.search(other.text) for other in rest):
                return i
    return len(blocks)


def link_lists(blocks: Sequence[Block]) -> set[int]:
    """Lists that only name other documents or addresses go: four lines or more on end, most with such an ending."""
    out: set[int] = set()
    start = 0
    while start < len(blocks):
        end = start
        while end < len(blocks) and _may_link(blocks[end]):
            end += 1
        run = range(start, end)
        if len(run) >= 4 and sum(_names_other(blocks[i]) for i in run) >= 0.6 * len(run):
            out |= set(run)
        start = max(end, start + 1)
    return out


def _may_link(block: Block) -> bool:
    text = block.text
    return block.kind == "link" or (
        block.kind in {"line", "point", "paragraph"}
        and len(text) <= _SHORT
        and not re.search(r"[。；;！？]$|[，,].*[，,]", text)
    )


def _names_other(block: Block) -> bool:
    bare = _BULLET.sub("", block.text)
    return block.kind == "link" or bool(_OTHER_DOCUMENT.search(bare) or _ADDRESS.match(block.text))
