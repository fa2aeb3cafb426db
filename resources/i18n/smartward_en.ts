<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>AskPanel</name>
    <message>
        <source>Back</source>
        <translation>Back</translation>
    </message>
</context>
<context>
    <name>BedBoard</name>
    <message>
        <source>%1 more below</source>
        <translation>%1 more below</translation>
    </message>
    <message>
        <source>%1 more above</source>
        <translation>%1 more above</translation>
    </message>
</context>
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
    <name>EntrustBanner</name>
    <message>
        <source>Take over</source>
        <translation>Take over</translation>
    </message>
    <message>
        <source>Decline</source>
        <translation>Decline</translation>
    </message>
    <message>
        <source>Give back</source>
        <translation>Give back</translation>
    </message>
    <message>
        <source>Take back</source>
        <translation>Take back</translation>
    </message>
    <message>
        <source>Understood</source>
        <translation>Understood</translation>
    </message>
</context>
<context>
    <name>LinksPage</name>
    <message>
        <source>Hospital system</source>
        <translation>Hospital system</translation>
    </message>
    <message>
        <source>Who answers for the calls</source>
        <translation>Who answers for the calls</translation>
    </message>
    <message>
        <source>Ask another station</source>
        <translation>Ask another station</translation>
    </message>
    <message>
        <source>Screens of the ward</source>
        <translation>Screens of the ward</translation>
    </message>
</context>
<context>
    <name>NamesPage</name>
    <message>
        <source>What of a name may be shown</source>
        <translation>What of a name may be shown</translation>
    </message>
    <message>
        <source>%1 shows:</source>
        <translation>%1 shows:</translation>
    </message>
    <message>
        <source>Invented names; nobody lies here.</source>
        <translation>Invented names; nobody lies here.</translation>
    </message>
    <message>
        <source>Change it</source>
        <translation>Change it</translation>
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
    <message>
        <source>What may be shown</source>
        <translation>What may be shown</translation>
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
        <source>%1. %2</source>
        <translation>%1. %2</translation>
    </message>
    <message>
        <source>I&apos;ll go</source>
        <translation>I&apos;ll go</translation>
    </message>
    <message>
        <source>Noted</source>
        <translation>Noted</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Done</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>Later</translation>
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
        <source>Full name</source>
        <translation>Full name</translation>
    </message>
    <message>
        <source>Back to the beds</source>
        <translation>Back to the beds</translation>
    </message>
</context>
<context>
    <name>SheetLocked</name>
    <message>
        <source>Readings, plan and the rest are for whoever works here. Hold your badge to the reader, or say who you are. Who opens it is kept.</source>
        <translation>Readings, plan and the rest are for whoever works here. Hold your badge to the reader, or say who you are. Who opens it is kept.</translation>
    </message>
    <message>
        <source>Say who you are</source>
        <translation>Say who you are</translation>
    </message>
</context>
<context>
    <name>SheetOpen</name>
    <message>
        <source>Open now</source>
        <translation>Open now</translation>
    </message>
    <message>
        <source>Lower the priority</source>
        <translation>Lower the priority</translation>
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
    <name>SheetPerson</name>
    <message>
        <source>How to reach this person</source>
        <translation>How to reach this person</translation>
    </message>
    <message>
        <source>End the silence</source>
        <translation>End the silence</translation>
    </message>
    <message>
        <source>Silence this bed</source>
        <translation>Silence this bed</translation>
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
    <name>StationHeader</name>
    <message>
        <source>Sign in</source>
        <translation>Sign in</translation>
    </message>
    <message>
        <source>Lock</source>
        <translation>Lock</translation>
    </message>
    <message>
        <source>Show names again</source>
        <translation>Show names again</translation>
    </message>
    <message>
        <source>Hide names and sheets</source>
        <translation>Hide names and sheets</translation>
    </message>
    <message>
        <source>Hidden</source>
        <translation>Hidden</translation>
    </message>
</context>
</TS>
