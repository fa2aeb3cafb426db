pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// Which bed and who lies there, in full.
Item {
    id: head

    required property SheetModel sheet

    signal closed
    signal occupantTouched(key: string)
    signal unmaskTouched

    height: Math.max(Theme.length(88), words.height + 1.5 * Theme.grid) + (head.sheet.warning === "" ? 0 : warning.height)

    Rectangle {
        id: bar

        color: head.sheet.levelColor === "" ? Theme.sunken : head.sheet.levelColor
        height: parent.height - (warning.visible ? warning.height : 0)
        topLeftRadius: Theme.radius
        visible: head.sheet.occupied
        width: Theme.length(14)
    }
    Label {
        id: number

        anchors.left: bar.right
        anchors.leftMargin: Theme.margin
        anchors.verticalCenter: bar.verticalCenter
        font.pixelSize: Theme.sizeHuge
        font.weight: Theme.black
        height: font.pixelSize
        objectName: "sheetNumber"
        tabular: true
        text: head.sheet.number
    }
    Column {
        id: words

        anchors.left: number.right
        anchors.leftMargin: 1.5 * Theme.margin
        anchors.right: unmask.visible ? unmask.left : close.left
        anchors.rightMargin: Theme.margin
        anchors.verticalCenter: bar.verticalCenter

        Row {
            spacing: 1.5 * Theme.grid
            visible: head.sheet.name !== "" || head.sheet.mark !== ""

            Label {
                id: who

                elide: Text.ElideRight
                font.pixelSize: Theme.sizeTitle
                font.weight: Theme.bold
                objectName: "sheetName"
                text: head.sheet.name
                width: Math.min(implicitWidth, words.width - (mark.visible ? Math.min(mark.implicitWidth, words.width / 2) + 1.5 * Theme.grid : 0))
            }
            Label {
                id: mark

                anchors.baseline: who.baseline
                elide: Text.ElideRight
                font.pixelSize: Theme.sizeLabel
                font.weight: Theme.bold
                objectName: "sheetMark"
                text: head.sheet.mark
                visible: text !== ""
                width: Math.min(implicitWidth, words.width / 2)
            }
        }
        Label {
            color: head.sheet.occupied ? Theme.muted : Theme.ink
            font.pixelSize: Theme.sizeLabel
            objectName: "sheetFacts"
            tabular: true
            text: [head.sheet.level, head.sheet.facts, head.sheet.room].filter(part => part !== "").join(" · ")
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            font.pixelSize: Theme.sizeLabel
            font.weight: Theme.semibold
            objectName: "sheetReach"
            tabular: true
            text: [head.sheet.silence, head.sheet.present, head.sheet.reach].filter(part => part !== "").join(" · ")
            visible: text !== ""
            width: parent.width
            wrapMode: Text.Wrap
        }
        Row {
            spacing: Theme.grid
            visible: several.count > 1

            Repeater {
                id: several

                model: head.sheet.occupants

                delegate: TouchButton {
                    required property string key
                    required property string name
                    required property bool chosen

                    kind: chosen ? "soft" : "quiet"
                    objectName: "occupant-" + key
                    text: name

                    onActivated: head.occupantTouched(key)
                }
            }
        }
    }
    TouchButton {
        id: unmask

        anchors.right: close.left
        anchors.rightMargin: Theme.gap
        anchors.verticalCenter: bar.verticalCenter
        iconName: "eye-outline"
        objectName: "sheetUnmask"
        text: qsTr("Full name")
        visible: head.sheet.masked

        onActivated: head.unmaskTouched()
    }
    TouchButton {
        id: close

        anchors.right: parent.right
        anchors.rightMargin: Theme.margin
        anchors.verticalCenter: bar.verticalCenter
        iconName: "close"
        kind: "quiet"
        objectName: "sheetClose"
        text: qsTr("Back to the beds")

        onActivated: head.closed()
    }
    Rectangle {
        id: warning

        anchors.bottom: parent.bottom
        color: Theme.ink
        height: warningText.implicitHeight + Theme.grid
        visible: head.sheet.warning !== ""
        width: parent.width

        Label {
            id: warningText

            anchors.left: parent.left
            anchors.leftMargin: Theme.margin
            anchors.right: parent.right
            anchors.rightMargin: Theme.margin
            anchors.verticalCenter: parent.verticalCenter
            color: Theme.surface
            font.pixelSize: Theme.sizeLabel
            font.weight: Theme.bold
            objectName: "sheetWarning"
            text: head.sheet.warning
            wrapMode: Text.Wrap
        }
    }
    Rectangle {
        anchors.bottom: parent.bottom
        color: Theme.line
        height: Theme.hairline
        width: parent.width
    }
}
