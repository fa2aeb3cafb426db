pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// Today: when, what, and where it stands. It is marked where it is due (`SheetTasks`).
Column {
    id: part

    required property SheetModel sheet

    spacing: Theme.grid / 2

    SheetTitle {
        text: qsTr("Today")
    }
    Label {
        color: Theme.muted
        font.pixelSize: Theme.sizeLabel
        text: part.sheet.noPlan
        visible: text !== ""
    }
    Repeater {
        model: part.sheet.plan

        delegate: Item {
            id: line

            required property string key
            required property string time
            required property string icon
            required property string title
            required property string status
            required property bool done
            required property bool late

            height: title.implicitHeight + (status.visible ? status.implicitHeight : 0)
            objectName: "plan-" + line.key
            width: part.width

            Label {
                id: time

                color: line.done ? Theme.muted : Theme.ink
                font.pixelSize: Theme.sizeLabel
                font.weight: Theme.bold
                height: title.lineCount > 1 ? title.implicitHeight / title.lineCount : title.implicitHeight
                tabular: true
                text: line.time
            }
            Icon {
                id: mark

                anchors.verticalCenter: time.verticalCenter
                color: line.done ? Theme.muted : Theme.ink
                name: line.done ? "check" : line.icon
                size: Theme.sizeLabel
                x: Math.max(time.implicitWidth, Theme.length(58)) + Theme.grid
            }
            Label {
                id: title

                anchors.left: mark.right
                anchors.leftMargin: Theme.grid
                anchors.right: parent.right
                color: line.done ? Theme.muted : Theme.ink
                elide: Text.ElideRight
                font.pixelSize: Theme.sizeLabel
                font.weight: line.done ? Theme.regular : Theme.semibold
                maximumLineCount: 2
                text: line.title
                wrapMode: Text.Wrap
            }
            Label {
                id: status

                anchors.left: title.left
                anchors.top: title.bottom
                color: line.late ? Theme.ink : Theme.muted
                font.pixelSize: Theme.sizeSmall
                font.weight: line.late ? Theme.bold : Theme.regular
                tabular: true
                text: line.status
                visible: text !== ""
            }
        }
    }
}
