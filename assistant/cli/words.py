"""What the commands say of themselves, by name, in both languages."""

from __future__ import annotations

from knowledge.text import Text

HELP: dict[str, Text] = {
    "yunce": Text(
        '运策：每个数字都能核对的运营助手。先运行 yunce chat 打开对话，或直接 yunce ask "昨天日活多少"。',
        'Yunce: the operations assistant that can prove its numbers. Start with yunce chat, or yunce ask "DAU yesterday?".',
    ),
    "version": Text("显示版本并退出。", "Show the version and exit."),
    "chat": Text(
        "打开对话页面；没有数据时先生成演示数据。", "Open the chat; builds the demo data first if there is none."
    ),
    "port": Text("对话页面的端口。", "Port of the chat page."),
    "browser": Text("是否自动打开浏览器。", "Open the browser by itself."),
    "ask": Text(
        "回答一个问题；--batch 逐行回答一个 JSONL 文件。",
        "Answer one question; --batch answers a JSONL file line by line.",
    ),
    "question": Text("要问的问题，用引号括起来。", "The question, in quotes."),
    "json": Text("输出 JSON，便于程序读取。", "Print JSON for programs."),
    "session": Text("对话编号：同一编号的提问可以追问。", "Conversation id: questions under one id can follow up."),
    "batch": Text(
        'JSONL 文件，每行 {"id", "question"} 或 {"id", "session": [{"question"}…]}。',
        'JSONL file, each line {"id", "question"} or {"id", "session": [{"question"}…]}.',
    ),
    "demo": Text("生成演示数据（6 万用户，可重复）。", "Build the demo data (60,000 users, repeatable)."),
    "users": Text("用户数。", "Number of users."),
    "seed": Text("随机种子：相同种子与用户数得到相同数据。", "Seed: the same seed and size give the same data."),
    "load": Text(
        "载入一个含标准表的 DuckDB 文件，检查后整体替换。",
        "Publish a DuckDB file with the canonical tables, after checking it.",
    ),
    "file": Text("要载入的 DuckDB 文件。", "The DuckDB file to load."),
    "metrics": Text("指标目录：列出、说明、检查、审定、直接查询。", "The catalog: list, explain, check, vet, run."),
    "metrics list": Text(
        "列出可以查询的指标；可加一个词筛选。", "List the metrics that can be asked for; a word narrows the list."
    ),
    "metrics show": Text(
        "说明一个指标：定义、公式、维度与 SQL。", "Explain a metric: definition, formula, dimensions and SQL."
    ),
    "metrics check": Text(
        "对照数据证明目录：一次说出所有错误，注明文件与行号。",
        "Prove the catalog against the data: every fault at once, with file and line.",
    ),
    "metrics some": Text("只检查这些指标。", "Only these metrics."),
    "metrics vet": Text(
        "审定指标：先证明，再记下由谁在何时审定；改动后须重新审定。",
        "Vet metrics: prove them, then note who vetted them and when; a change needs it again.",
    ),
    "vet by": Text("审定人的姓名。", "Name of whoever looked it over."),
    "vet which": Text("要审定的指标编号。", "Ids of the metrics to vet."),
    "vet all": Text("审定所有新增或已更改的指标。", "Vet all metrics that are new or changed."),
    "vet what": Text("给出指标编号，或用 --all，二者选一。", "Name metrics, or give --all; one of the two."),
    "metrics run": Text(
        "不经过语言模型，直接执行一次 query_metrics。", "Run one query_metrics without any language model."
    ),
    "params": Text("query_metrics 的参数，JSON。", "The parameters of query_metrics, as JSON."),
    "metric": Text("指标编号，如 retention_d1。", "Metric id, such as retention_d1."),
    "words": Text("筛选词，如 留存。", "A word to narrow the list, such as retention."),
    "playbooks": Text(
        "打法库：列出与查看自有打法，注明证据与出处。",
        "The playbooks: list and show our own shelf, with evidence and sources.",
    ),
    "playbooks list": Text("列出打法；可加一个词筛选。", "List the playbooks; a word narrows the list."),
    "playbooks word": Text("筛选词，如 沉睡。", "A word to narrow the list, such as dormant."),
    "playbooks stage": Text("只列这一阶段，如 win_back。", "Only this stage, such as win_back."),
    "playbooks show": Text(
        "显示一个打法：触发、证据、做法、衡量与止损。",
        "Show a playbook: trigger, evidence, steps, measurement and stop rule.",
    ),
    "playbooks search": Text(
        "查找打法与文档里的段落，可用中文或英文提问；没有合适的就如实说明。",
        "Find passages of playbooks and documents, asked in English or Chinese; says so when nothing fits.",
    ),
    "playbooks query": Text(
        "要查什么，如 怎么召回沉睡用户。", "What to look for, such as how to win back dormant users."
    ),
    "playbooks limit": Text("最多给出几段。", "The most passages to give."),
    "playbooks search stage": Text(
        "只要这个阶段的，如 win_back；可重复。", "Only of this stage, such as win_back; repeatable."
    ),
    "playbooks search segment": Text(
        "只要讲这群用户的，如 dormant_30_60；可重复。", "Only about this segment, such as dormant_30_60; repeatable."
    ),
    "playbooks search source": Text(
        "只要这份文件的；shelf 表示自有打法；可重复。", "Only of this file; shelf means our own playbooks; repeatable."
    ),
    "playbooks search batch": Text(
        'JSONL 文件，每行 {"id", "query"}；逐行输出 {"id", "hits"}。',
        'JSONL file, each line {"id", "query"}; prints {"id", "hits"} a line.',
    ),
    "playbook": Text("打法编号，如 winback_personalised。", "Playbook id, such as winback_personalised."),
    "playbooks add": Text(
        "添加策略文档（DOCX、PDF、Markdown、HTML、TXT、PPTX、XLSX），每个文件一行结果；重复运行可续传。",
        "Add strategy documents (DOCX, PDF, Markdown, HTML, TXT, PPTX, XLSX); one line a file. Run again to go on.",
    ),
    "playbooks paths": Text("文件或文件夹。", "Files or folders."),
    "playbooks remove": Text("移除一份添加过的文档。", "Remove a document that was added."),
    "playbooks documents": Text("列出添加过的文档。", "List the documents that were added."),
    "playbooks cleaning": Text(
        "说明清理时改了什么、删了什么。", "Tell what cleaning changed and dropped in a document."
    ),
    "document": Text("文档编号（可只写开头）或文件名。", "Document id (its beginning will do) or file name."),
    "verify": Text(
        "重新执行收据背后的查询，说明数字是否仍成立。", "Run the query behind a receipt again and say whether it holds."
    ),
    "receipt": Text("收据编号，如 R-7Q2M4K8Z1A。", "Receipt id, such as R-7Q2M4K8Z1A."),
    "plan": Text(
        "写一个活动方案：目标、人群、打法、预算与ROI区间、实验、止损。",
        "Draft a campaign plan: goal, segment, levers, budget and ROI range, experiment, stop rules.",
    ),
    "plan goal": Text(
        "目标：acquire、activate、retain、win_back、monetise。", "Goal: acquire, activate, retain, win_back, monetise."
    ),
    "plan segment": Text("人群名称；默认按目标选。", "Segment by name; by default the goal's own."),
    "plan start": Text("开始日期（如 2026-01-05）；默认明天。", "First day (such as 2026-01-05); by default tomorrow."),
    "plan budget": Text("预算，元。", "Budget in CNY."),
    "eval": Text(
        "给一个题集打分：对、错、未答分开，按标签与语言，并列出每一处失败。",
        "Score a question set: right, wrong and refused apart, by tag and language, with every failure.",
    ),
    "eval file": Text("题集（JSONL），问答或检索。", "The question set (JSONL): questions, or queries for retrieval."),
    "eval verbose": Text(
        "失败的题另附把握程度与未读懂的词。", "With each failure, the planner's confidence and the words that lower it."
    ),
    "doctor": Text(
        "检查安装、数据、模型与权限，并说明如何修复。",
        "Check set-up, data, model and permissions, and say how to mend them.",
    ),
}

STAGES: dict[str, Text] = {
    "people": Text("用户", "people"),
    "activity": Text("活跃", "activity"),
    "sales": Text("订单", "sales"),
    "events": Text("行为事件", "events"),
    "messages": Text("触达", "messages"),
    "reports": Text("投放与目标", "spend and targets"),
    "check": Text("检查", "checks"),
    "copy": Text("复制", "copy"),
    "rollups": Text("汇总表", "rollups"),
    "publish": Text("发布", "publish"),
}
