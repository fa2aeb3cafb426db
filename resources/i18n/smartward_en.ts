<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>BedSheet</name>
    <message>
        <source>Care team</source>
        <translation>Care team</translation>
    </message>
    <message>
        <source>Diet</source>
        <translation>Diet</translation>
    </message>
</context>
<context>
    <name>LinksPage</name>
    <message>
        <source>Hospital system</source>
        <translation>Hospital system</translation>
    </message>
    <message>
        <source>Screens of the ward</source>
        <translation>Screens of the ward</translation>
    </message>
</context>
<context>
    <name>NamePicker</name>
    <message>
        <source>Who goes to %1 instead?</source>
        <translation>Who goes to %1 instead?</translation>
    </message>
    <message>
        <source>Who are you?</source>
        <translation>Who are you?</translation>
    </message>
    <message>
        <source>The call asks for somebody until your colleague answers.</source>
        <translation>The call asks for somebody until your colleague answers.</translation>
    </message>
    <message>
        <source>Touch your name. It stays in the header until the shift ends, and can be changed there.</source>
        <translation>Touch your name. It stays in the header until the shift ends, and can be changed there.</translation>
    </message>
    <message>
        <source>Act as the nurse station</source>
        <translation>Act as the nurse station</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Back</translation>
    </message>
</context>
<context>
    <name>NoticeBar</name>
    <message>
        <source>Do it now</source>
        <translation>Do it now</translation>
    </message>
    <message>
        <source>Understood</source>
        <translation>Understood</translation>
    </message>
    <message>
        <source>Leave it</source>
        <translation>Leave it</translation>
    </message>
</context>
<context>
    <name>NowQueue</name>
    <message>
        <source>Now</source>
        <translation>Now</translation>
    </message>
    <message>
        <source>Sound off</source>
        <translation>Sound off</translation>
    </message>
    <message>
        <source>%1 more below</source>
        <translation>%1 more below</translation>
    </message>
</context>
<context>
    <name>PageStrip</name>
    <message>
        <source>Beds</source>
        <translation>Beds</translation>
    </message>
    <message>
        <source>Screens and links</source>
        <translation>Screens and links</translation>
    </message>
</context>
<context>
    <name>PinnedRow</name>
    <message>
        <source>%1 more above</source>
        <translation>%1 more above</translation>
    </message>
</context>
<context>
    <name>QueueRow</name>
    <message>
        <source>I&apos;ll go</source>
        <translation>I&apos;ll go</translation>
    </message>
    <message>
        <source>Get help</source>
        <translation>Get help</translation>
    </message>
    <message>
        <source>Hand over</source>
        <translation>Hand over</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Open</translation>
    </message>
</context>
<context>
    <name>SheetDrips</name>
    <message>
        <source>Infusions</source>
        <translation>Infusions</translation>
    </message>
</context>
<context>
    <name>SheetHead</name>
    <message>
        <source>Back to the beds</source>
        <translation>Back to the beds</translation>
    </message>
</context>
<context>
    <name>SheetOpen</name>
    <message>
        <source>Open now</source>
        <translation>Open now</translation>
    </message>
</context>
<context>
    <name>SheetPast</name>
    <message>
        <source>Earlier calls</source>
        <translation>Earlier calls</translation>
    </message>
</context>
<context>
    <name>SheetPlan</name>
    <message>
        <source>Today</source>
        <translation>Today</translation>
    </message>
</context>
<context>
    <name>SheetPrecautions</name>
    <message>
        <source>Precautions</source>
        <translation>Precautions</translation>
    </message>
</context>
<context>
    <name>StaffPicker</name>
    <message>
        <source>Who are you?</source>
        <translation>Who are you?</translation>
    </message>
    <message>
        <source>Touch your name. It is kept on this screen until the shift ends.</source>
        <translation>Touch your name. It is kept on this screen until the shift ends.</translation>
    </message>
    <message>
        <source>Act as the nurse station</source>
        <translation>Act as the nurse station</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancel</translation>
    </message>
</context>
<context>
    <name>StationHeader</name>
    <message>
        <source>Who acts?</source>
        <translation>Who acts?</translation>
    </message>
</context>
</TS>
