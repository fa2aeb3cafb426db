<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
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
    <name>LinksPage</name>
    <message>
        <source>Hospital system</source>
        <translation>医院系统</translation>
    </message>
    <message>
        <source>Screens of the ward</source>
        <translation>病区屏幕</translation>
    </message>
</context>
<context>
    <name>NamePicker</name>
    <message>
        <source>Who goes to %1 instead?</source>
        <translation>改由谁去 %1？</translation>
    </message>
    <message>
        <source>Who are you?</source>
        <translation>您是哪位？</translation>
    </message>
    <message>
        <source>The call asks for somebody until your colleague answers.</source>
        <translation>在同事接单之前，呼叫会继续提醒。</translation>
    </message>
    <message>
        <source>Touch your name. It stays in the header until the shift ends, and can be changed there.</source>
        <translation>请点自己的姓名。姓名会显示在顶栏直到本班结束，可在那里更改。</translation>
    </message>
    <message>
        <source>Act as the nurse station</source>
        <translation>以护士站身份操作</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
</context>
<context>
    <name>NoticeBar</name>
    <message>
        <source>Do it now</source>
        <translation>现在执行</translation>
    </message>
    <message>
        <source>Understood</source>
        <translation>知道了</translation>
    </message>
    <message>
        <source>Leave it</source>
        <translation>不执行</translation>
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
        <source>I&apos;ll go</source>
        <translation>我去</translation>
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
        <source>Back to the beds</source>
        <translation>返回床位</translation>
    </message>
</context>
<context>
    <name>SheetOpen</name>
    <message>
        <source>Open now</source>
        <translation>当前待处理</translation>
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
    <name>StaffPicker</name>
    <message>
        <source>Who are you?</source>
        <translation>您是哪位？</translation>
    </message>
    <message>
        <source>Touch your name. It is kept on this screen until the shift ends.</source>
        <translation>请点自己的姓名。本屏会记住到本班结束。</translation>
    </message>
    <message>
        <source>Act as the nurse station</source>
        <translation>以护士站身份操作</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>StationHeader</name>
    <message>
        <source>Who acts?</source>
        <translation>谁在操作？</translation>
    </message>
</context>
</TS>
