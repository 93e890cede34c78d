-- catalogue.sqlite as commit 1b35c24 made it of three documents, layout 1; its vectors are left out.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    name TEXT PRIMARY KEY, version TEXT NOT NULL UNIQUE, title TEXT NOT NULL, kind TEXT NOT NULL,
    date TEXT, years TEXT NOT NULL, script TEXT NOT NULL, source TEXT, text TEXT NOT NULL,
    enumerations TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE sentences (
    version TEXT NOT NULL, number INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    page INTEGER, kind TEXT NOT NULL, PRIMARY KEY (version, number)
) WITHOUT ROWID;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, version TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    headings TEXT NOT NULL
);
CREATE UNIQUE INDEX passage_place ON passages (version, first);
CREATE VIRTUAL TABLE lexical USING fts5 (context, body, tokenize = "unicode61 remove_diacritics 0");
CREATE VIRTUAL TABLE terms USING fts5vocab (lexical, row);
INSERT INTO meta VALUES ('embedding_model', 'multilingual-e5-small');
INSERT INTO meta VALUES ('generation', '6');
INSERT INTO meta VALUES ('swept', 'yes');
INSERT INTO documents VALUES ('会费说明.txt', 'bdc477c51c1e5d007b407641', '关于会费标准的说明', 'document', NULL, '[]', 'zh-Hans', NULL, '关于会费标准的说明
普通会员每年缴纳会费八百元，理事单位每年缴纳三千元。
会费在三月底以前缴清。', '[]');
INSERT INTO documents VALUES ('換屆通知.txt', '7d3b6bbc9c391f5cb82a15c3', '關於換屆工作的通知', 'notice', '2024-09-09', '[2024]', 'zh-Hant', NULL, '關於換屆工作的通知
一、換屆大會於2024年9月9日舉行。
二、各會員單位於八月底以前報名。', '[[0, [[1], [2]]]]');
INSERT INTO documents VALUES ('走访.txt', '61f6615b086783eb8f44c42c', '走访青龙纺织公司', 'document', '2023-05-06', '[2023]', 'zh-Hans', NULL, '走访青龙纺织公司
秘书处于2023年5月6日走访青龙纺织公司，了解出口订单情况。', '[]');
INSERT INTO sentences VALUES ('61f6615b086783eb8f44c42c', 0, 0, 8, NULL, 'heading');
INSERT INTO sentences VALUES ('61f6615b086783eb8f44c42c', 1, 9, 40, NULL, 'sentence');
INSERT INTO sentences VALUES ('7d3b6bbc9c391f5cb82a15c3', 0, 0, 9, NULL, 'heading');
INSERT INTO sentences VALUES ('7d3b6bbc9c391f5cb82a15c3', 1, 10, 29, NULL, 'sentence');
INSERT INTO sentences VALUES ('7d3b6bbc9c391f5cb82a15c3', 2, 30, 46, NULL, 'sentence');
INSERT INTO sentences VALUES ('bdc477c51c1e5d007b407641', 0, 0, 9, NULL, 'heading');
INSERT INTO sentences VALUES ('bdc477c51c1e5d007b407641', 1, 10, 36, NULL, 'sentence');
INSERT INTO sentences VALUES ('bdc477c51c1e5d007b407641', 2, 37, 48, NULL, 'sentence');
INSERT INTO passages VALUES (1, 'bdc477c51c1e5d007b407641', 0, 2, '[]');
INSERT INTO passages VALUES (2, '7d3b6bbc9c391f5cb82a15c3', 0, 2, '[]');
INSERT INTO passages VALUES (3, '61f6615b086783eb8f44c42c', 0, 1, '[]');
INSERT INTO lexical (rowid, context, body) VALUES (1, '关于 会费 标准 说明 关于 于会 会费 费标 标准 准的 的说 说明', '关于 会费 标准 说明 关于 于会 会费 费标 标准 准的 的说 说明 普通 会员 每年 缴纳 会费 八百 百元 八百元 普通 通会 会员 员每 每年 年缴 缴纳 纳会 会费 费八 八百 百元 理事 单位 理事单位 每年 缴纳 三千 千元 三千元 理事 事单 单位 位每 每年 年缴 缴纳 纳三 三千 千元 会费 三月 月底 三月底 以前 缴清 会费 费在 在三 三月 月底 底以 以前 前缴 缴清');
INSERT INTO lexical (rowid, context, body) VALUES (2, '关于 换届 工作 通知 关于 于换 换届 届工 工作 作的 的通 通知 2024 09 09', '关于 换届 工作 通知 关于 于换 换届 届工 工作 作的 的通 通知 一 换届 大会 换届 届大 大会 会于 2024 年 9 月 9 举行 日举 举行 二 会员 单位 会员单位 八月 以前 报名 各会 会员 员单 单位 位于 于八 八月 月底 底以 以前 前报 报名');
INSERT INTO lexical (rowid, context, body) VALUES (3, '走访 青龙 纺织 公司 走访 访青 青龙 龙纺 纺织 织公 公司 2023 05 06', '走访 青龙 纺织 公司 走访 访青 青龙 龙纺 纺织 织公 公司 秘书 秘书处 秘书 书处 处于 2023 年 5 月 6 走访 青龙 纺织 公司 日走 走访 访青 青龙 龙纺 纺织 织公 公司 了解 出口 订单 情况 了解 解出 出口 口订 订单 单情 情况');
PRAGMA user_version = 1;
