pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// What is due for this patient, with the same verbs as on the page of all work.
Column {
    id: part

    required property TasksModel tasks

    objectName: "sheetTasks"
    spacing: Theme.grid / 2

    Item {
        height: Math.max(title.implicitHeight, record.height)
        width: parent.width

        SheetTitle {
            id: title

            anchors.verticalCenter: parent.verticalCenter
            text: part.tasks.sheetTitle
        }
        TouchButton {
            id: record

            anchors.right: parent.right
            iconName: "clipboard-plus-outline"
            objectName: "recordCare"
            text: part.tasks.recordVerb

            onActivated: part.tasks.recordCare()
        }
    }
    Label {
        color: Theme.muted
        font.pixelSize: Theme.sizeLabel
        text: part.tasks.sheetNone
        visible: text !== ""
        width: parent.width
        wrapMode: Text.Wrap
    }
    Repeater {
        model: part.tasks.sheetRows

        delegate: TaskLine {
            alone: true
            width: part.width

            onTouched: part.tasks.touch(key)
        }
    }
}
