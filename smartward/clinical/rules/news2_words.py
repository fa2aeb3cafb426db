"""What the rules about NEWS2 say, in both languages (the `TEXTS` of their file)."""

_SETS_EN = "Complete sets of observations of 48 hours"
_SETS_ZH = "48 小时内的完整生命体征"
_ONE_EN = "One alert for each crossing, not for each set; none while a worse one stands"
_ONE_ZH = "每次越线一条，不是每测一次一条；更重的提醒还在时不再提醒"

WORDS = {
    "en": {
        "news2": {
            "title": "Early warning score {n}",
            "held": "Early warning score was {before}, now {n}",
            "why": "Measured {at:time}",
            "why_before": "Was {n} at {before_at:time} · measured {at:time}",
            "single": {
                "respiratory_rate": "Breathing scores 3 · total {total}",
                "oxygen_saturation": "SpO2 scores 3 · total {total}",
                "systolic": "Systolic pressure scores 3 · total {total}",
                "heart_rate": "Pulse scores 3 · total {total}",
                "consciousness": "Consciousness scores 3 · total {total}",
                "temperature": "Temperature scores 3 · total {total}",
            },
            "todo": {
                "high": "Call the doctor now: assessment within 30 min, monitor continuously",
                "medium": "Call the doctor now: assessment within 60 min, observe every hour",
                "single": "Ask the doctor to review, observe every hour",
                "again": {
                    "one": "Measure again: over after one more set below {limit}",
                    "other": "Measure again: over after {n} more sets below {limit}",
                },
            },
            "about": {
                "says": "NEWS2 of 7 or more",
                "data": _SETS_EN,
                "clear": "Two complete sets in a row below 7",
                "guard": "One alert for each crossing, not for each set",
            },
        },
        "news2_medium": {
            "about": {
                "says": "NEWS2 of 5 or 6",
                "data": _SETS_EN,
                "clear": "A complete set below 5",
                "guard": _ONE_EN,
            },
        },
        "news2_single": {
            "partial": {
                "respiratory_rate": "Breathing scores 3 · set incomplete",
                "oxygen_saturation": "SpO2 scores 3 · set incomplete",
                "systolic": "Systolic pressure scores 3 · set incomplete",
                "heart_rate": "Pulse scores 3 · set incomplete",
                "consciousness": "Consciousness scores 3 · set incomplete",
                "temperature": "Temperature scores 3 · set incomplete",
            },
            "row": {
                "respiratory_rate": "Breathing {value} scores 3 · no set",
                "heart_rate": "Pulse {value} scores 3 · no set",
            },
            "why_partial": "Measured {at:time}; no total without the rest",
            "why_row": {
                "one": "A single reading at {at:time}",
                "other": "{n} single readings in a row, until {at:time}",
            },
            "about": {
                "says": "A single parameter scores 3",
                "data": "All sets of 48 hours, incomplete too; single readings of pulse and "
                "breathing",
                "clear": "A set with that parameter at 2 or less; after single readings alone as "
                "many in a row at 2 or less, or none for 6 hours",
                "guard": _ONE_EN,
            },
        },
        "news2_rise": {
            "todo": "Look at the patient and measure again soon",
            "about": {
                "says": "NEWS2 has risen by 2 or more within 8 hours",
                "data": _SETS_EN,
                "clear": "The score has fallen by 1 from its highest",
                "guard": _ONE_EN,
            },
        },
    },
    "zh_CN": {
        "news2": {
            "title": "预警评分 {n} 分",
            "held": "预警评分曾 {before} 分，现 {n} 分",
            "why": "{at:time} 测",
            "why_before": "{before_at:time} 为 {n} 分 · {at:time} 测",
            "single": {
                "respiratory_rate": "呼吸单项 3 分 · 总分 {total} 分",
                "oxygen_saturation": "血氧单项 3 分 · 总分 {total} 分",
                "systolic": "收缩压单项 3 分 · 总分 {total} 分",
                "heart_rate": "脉搏单项 3 分 · 总分 {total} 分",
                "consciousness": "意识单项 3 分 · 总分 {total} 分",
                "temperature": "体温单项 3 分 · 总分 {total} 分",
            },
            "todo": {
                "high": "立即报告医生，30 分钟内评估，持续监测",
                "medium": "立即报告医生，60 分钟内评估，每小时测一次",
                "single": "报告医生复核，每小时测一次",
                "again": {"other": "请再测：再有 {n} 次低于 {limit} 分即解除"},
            },
            "about": {
                "says": "NEWS2 达到 7 分",
                "data": _SETS_ZH,
                "clear": "连续两次完整测量低于 7 分",
                "guard": "每次越线一条，不是每测一次一条",
            },
        },
        "news2_medium": {
            "about": {
                "says": "NEWS2 为 5 或 6 分",
                "data": _SETS_ZH,
                "clear": "一次完整测量低于 5 分",
                "guard": _ONE_ZH,
            },
        },
        "news2_single": {
            "partial": {
                "respiratory_rate": "呼吸单项 3 分 · 未测全",
                "oxygen_saturation": "血氧单项 3 分 · 未测全",
                "systolic": "收缩压单项 3 分 · 未测全",
                "heart_rate": "脉搏单项 3 分 · 未测全",
                "consciousness": "意识单项 3 分 · 未测全",
                "temperature": "体温单项 3 分 · 未测全",
            },
            "row": {
                "respiratory_rate": "呼吸 {value} 次，单项 3 分 · 未成套",
                "heart_rate": "脉搏 {value} 次，单项 3 分 · 未成套",
            },
            "why_partial": "{at:time} 测，缺项未补，无总分",
            "why_row": {"other": "连续 {n} 次单独读数，至 {at:time}"},
            "about": {
                "says": "单项 3 分",
                "data": "48 小时内的各套生命体征，不全的也算；脉搏、呼吸的单独读数",
                "clear": "一套中该项不高于 2 分；仅由单独读数引起的，连续同样次数不高于 2 分，"
                "或 6 小时没有读数",
                "guard": _ONE_ZH,
            },
        },
        "news2_rise": {
            "todo": "看一看患者，尽快再测",
            "about": {
                "says": "NEWS2 在 8 小时内升高 2 分及以上",
                "data": _SETS_ZH,
                "clear": "比最高分下降 1 分",
                "guard": _ONE_ZH,
            },
        },
    },
}
