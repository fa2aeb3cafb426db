<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AskPanel</name>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
</context>
<context>
    <name>BedBoard</name>
    <message>
        <source>%1 more below</source>
        <translation>下方还有 %1 张床</translation>
    </message>
    <message>
        <source>%1 more above</source>
        <translation>上方还有 %1 张床</translation>
    </message>
</context>
<context>
    <name>BedSheet</name>
    <message>
        <source>Care team</source>
        <translation>医护团队</translation>
    </message>
    <message>
        <source>Diet</source>
        <translation>饮食</translation>
    </message>
</context>
<context>
    <name>EntrustBanner</name>
    <message>
        <source>Take over</source>
        <translation>接管</translation>
    </message>
    <message>
        <source>Decline</source>
        <translation>不接管</translation>
    </message>
    <message>
        <source>Give back</source>
        <translation>交还</translation>
    </message>
    <message>
        <source>Take back</source>
        <translation>收回</translation>
    </message>
    <message>
        <source>Understood</source>
        <translation>知道了</translation>
    </message>
</context>
<context>
    <name>LinksPage</name>
    <message>
        <source>Hospital system</source>
        <translation>医院系统</translation>
    </message>
    <message>
        <source>Who answers for the calls</source>
        <translation>谁来应答呼叫</translation>
    </message>
    <message>
        <source>Ask another station</source>
        <translation>请其他护士站代管</translation>
    </message>
    <message>
        <source>Screens of the ward</source>
        <translation>病区屏幕</translation>
    </message>
</context>
<context>
    <name>NamesPage</name>
    <message>
        <source>What of a name may be shown</source>
        <translation>姓名在各处可以显示多少</translation>
    </message>
    <message>
        <source>%1 shows:</source>
        <translation>%1显示：</translation>
    </message>
    <message>
        <source>Invented names; nobody lies here.</source>
        <translation>以下为虚构姓名。</translation>
    </message>
    <message>
        <source>Change it</source>
        <translation>更改</translation>
    </message>
    <message>
        <source>Leave it</source>
        <translation>保持不变</translation>
    </message>
</context>
<context>
    <name>NowQueue</name>
    <message>
        <source>Now</source>
        <translation>待处理</translation>
    </message>
    <message>
        <source>Sound off</source>
        <translation>静音</translation>
    </message>
    <message>
        <source>%1 more below</source>
        <translation>下方还有 %1 项</translation>
    </message>
</context>
<context>
    <name>PageStrip</name>
    <message>
        <source>Beds</source>
        <translation>床位</translation>
    </message>
    <message>
        <source>Screens and links</source>
        <translation>终端与连接</translation>
    </message>
    <message>
        <source>What may be shown</source>
        <translation>姓名显示</translation>
    </message>
</context>
<context>
    <name>PinnedRow</name>
    <message>
        <source>%1 more above</source>
        <translation>上方还有 %1 项</translation>
    </message>
</context>
<context>
    <name>QueueRow</name>
    <message>
        <source>%1. %2</source>
        <translation>%1。%2</translation>
    </message>
    <message>
        <source>I&apos;ll go</source>
        <translation>我去</translation>
    </message>
    <message>
        <source>Noted</source>
        <translation>知道了</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>已处理</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>推迟</translation>
    </message>
    <message>
        <source>Get help</source>
        <translation>请人支援</translation>
    </message>
    <message>
        <source>Hand over</source>
        <translation>转交</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>查看</translation>
    </message>
</context>
<context>
    <name>SheetDrips</name>
    <message>
        <source>Infusions</source>
        <translation>输液</translation>
    </message>
</context>
<context>
    <name>SheetHead</name>
    <message>
        <source>Full name</source>
        <translation>显示全名</translation>
    </message>
    <message>
        <source>Back to the beds</source>
        <translation>返回床位</translation>
    </message>
</context>
<context>
    <name>SheetLocked</name>
    <message>
        <source>Readings, plan and the rest are for whoever works here. Hold your badge to the reader, or say who you are. Who opens it is kept.</source>
        <translation>测量值、安排等内容只给本病区工作人员看。请刷工牌，或说明您是谁。谁打开过会留下记录。</translation>
    </message>
    <message>
        <source>Say who you are</source>
        <translation>说明身份</translation>
    </message>
</context>
<context>
    <name>SheetOpen</name>
    <message>
        <source>Open now</source>
        <translation>当前待处理</translation>
    </message>
    <message>
        <source>Lower the priority</source>
        <translation>降低优先级</translation>
    </message>
</context>
<context>
    <name>SheetPast</name>
    <message>
        <source>Earlier calls</source>
        <translation>以往呼叫</translation>
    </message>
</context>
<context>
    <name>SheetPerson</name>
    <message>
        <source>How to reach this person</source>
        <translation>怎样与病人沟通</translation>
    </message>
    <message>
        <source>End the silence</source>
        <translation>结束静默</translation>
    </message>
    <message>
        <source>Silence this bed</source>
        <translation>此床静默</translation>
    </message>
</context>
<context>
    <name>SheetPlan</name>
    <message>
        <source>Today</source>
        <translation>今日</translation>
    </message>
</context>
<context>
    <name>SheetPrecautions</name>
    <message>
        <source>Precautions</source>
        <translation>注意事项</translation>
    </message>
</context>
<context>
    <name>StationHeader</name>
    <message>
        <source>Sign in</source>
        <translation>登录</translation>
    </message>
    <message>
        <source>Lock</source>
        <translation>锁定</translation>
    </message>
    <message>
        <source>Show names again</source>
        <translation>重新显示姓名</translation>
    </message>
    <message>
        <source>Hide names and sheets</source>
        <translation>隐藏姓名和病人页</translation>
    </message>
    <message>
        <source>Hidden</source>
        <translation>已隐藏</translation>
    </message>
</context>
</TS>
