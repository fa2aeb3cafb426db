import QtQuick
import "../components"
import "../theme"

// One line of the day. `status`: "done", "next", "later" or "past".
Item {
    id: line

    required property string time
    required property string icon
    required property string title
    required property string status
    required property string note
    required property string when
    property real inset: 0
    readonly property real bodySize: Math.round(Theme.sizeBody / Theme.crowd)
    readonly property real noteSize: Math.round(Theme.sizeSmall / Theme.crowd)
    readonly property bool next: line.status === "next"
    readonly property bool over: line.status === "done" || line.status === "past"
    readonly property color tint: line.next ? Theme.brand : line.over ? Theme.muted : Theme.ink
    // Large letters: the note takes the line's whole width, below time and title.
    readonly property bool broad: Theme.textScale > 1.2
    readonly property real pad: Math.round((line.next ? 1.1 : 0.6) * Theme.grid)
    readonly property real side: line.inset + Math.round(2.25 * Theme.grid)

    implicitHeight: Math.max(Math.round(line.bodySize * 1.9), words.implicitHeight + (wideNote.visible ? wideNote.implicitHeight : 0) + 2 * line.pad)

    Rectangle {
        anchors.fill: parent
        anchors.leftMargin: line.inset
        anchors.rightMargin: line.inset
        color: Theme.brandSoft
        radius: 1.5 * Theme.grid
        visible: line.next
    }
    Item {
        id: first

        anchors.left: parent.left
        anchors.leftMargin: line.side
        anchors.right: parent.right
        anchors.rightMargin: line.side
        anchors.top: parent.top
        height: line.height - (wideNote.visible ? wideNote.implicitHeight + line.pad : 0)

        Label {
            id: clock

            anchors.left: parent.left
            anchors.verticalCenter: parent.verticalCenter
            color: line.tint
            font.pixelSize: line.bodySize
            font.weight: Theme.semibold
            tabular: true
            text: line.time
        }
        Icon {
            id: mark

            anchors.left: clock.right
            anchors.leftMargin: (Theme.crowded ? 1 : 3) * Theme.grid
            anchors.verticalCenter: parent.verticalCenter
            color: line.tint
            name: line.icon
            size: Math.round(line.bodySize * 1.25)
        }
        Column {
            id: words

            anchors.left: mark.right
            anchors.leftMargin: (Theme.crowded ? 1 : 3) * Theme.grid
            anchors.right: end.left
            anchors.rightMargin: end.width > 0 ? 2 * Theme.grid : 0
            anchors.verticalCenter: parent.verticalCenter

            Label {
                id: title

                color: line.tint
                font.pixelSize: line.bodySize
                font.weight: Theme.semibold
                text: line.title
                width: parent.width
                wrapMode: Text.Wrap
            }
            Label {
                color: line.next ? Theme.ink : Theme.muted
                font.pixelSize: line.noteSize
                text: line.note
                visible: text !== "" && !line.broad
                width: parent.width
                wrapMode: Text.Wrap
            }
            // A long wait does not squeeze the words on a narrow card.
            Label {
                color: line.tint
                font.pixelSize: Math.min(Theme.sizeLabel, line.bodySize)
                font.weight: Theme.semibold
                tabular: true
                text: line.when
                visible: text !== "" && !end.beside
                width: parent.width
                wrapMode: Text.Wrap
            }
        }
        Item {
            id: end

            // What stands before the words. Not their place: mirrored, that depends on this.
            readonly property real before: clock.implicitWidth + mark.width + 2 * mark.anchors.leftMargin
            readonly property bool beside: line.broad ? end.before + title.implicitWidth + wait.implicitWidth + 2 * Theme.grid <= first.width : wait.implicitWidth < 0.32 * first.width

            anchors.right: parent.right
            anchors.verticalCenter: parent.verticalCenter
            height: parent.height
            width: line.status === "done" ? tick.width : end.beside && line.when !== "" ? wait.implicitWidth : 0

            Icon {
                id: tick

                anchors.centerIn: parent
                color: Theme.muted
                name: "check-circle"
                size: Math.round(line.bodySize * 1.2)
                visible: line.status === "done"
            }
            Label {
                id: wait

                anchors.right: parent.right
                anchors.verticalCenter: parent.verticalCenter
                color: line.tint
                font.pixelSize: Math.min(Theme.sizeLabel, line.bodySize)
                font.weight: Theme.semibold
                tabular: true
                text: line.when
                visible: text !== "" && end.beside
            }
        }
    }
    Label {
        id: wideNote

        anchors.left: first.left
        anchors.right: first.right
        anchors.top: first.bottom
        color: line.next ? Theme.ink : Theme.muted
        font.pixelSize: line.noteSize
        text: line.note
        visible: line.broad && text !== ""
        wrapMode: Text.Wrap
    }
}
