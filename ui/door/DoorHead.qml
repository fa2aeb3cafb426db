import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// The room's number and its call: the lamp that the corridor sees.
Rectangle {
    id: head

    required property DoorModel model
    readonly property bool lit: head.model.lampPriority !== ""
    readonly property color ink: head.lit ? Theme.inkOnLamp(head.model.lampPriority) : Theme.ink
    readonly property real side: Math.round(5.5 * Theme.grid)

    color: Theme.sunken

    LampGround {
        anchors.fill: parent
        flashing: head.model.lampFlashing
        objectName: "lamp"
        priority: head.model.lampPriority
        visible: head.lit
    }
    FitLabel {
        id: number

        anchors.left: parent.left
        anchors.leftMargin: head.side
        color: head.ink
        font.weight: Theme.black
        height: parent.height
        objectName: "room"
        size: Math.min(Theme.sizeHuge, Math.round(0.74 * head.height))
        smallest: 0.4 * size
        tabular: true
        text: head.model.number
        width: Math.min(probe.implicitWidth + 2, 0.4 * head.width)
        wrapMode: Text.NoWrap

        Label {
            id: probe

            font.pixelSize: number.size
            font.weight: Theme.black
            text: number.text
            visible: false
        }
    }
    Column {
        anchors.left: number.right
        anchors.leftMargin: 6 * Theme.grid
        anchors.right: bell.left
        anchors.rightMargin: 3 * Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        spacing: Theme.grid

        FitLabel {
            color: head.ink
            font.weight: Theme.bold
            height: Math.min(implicitHeight, Math.round(0.5 * head.height))
            objectName: "lampTitle"
            size: Theme.sizeDisplay
            smallest: 0.5 * Theme.sizeDisplay
            text: head.model.lampTitle
            visible: head.lit || head.model.blind
            width: parent.width
        }
        Row {
            spacing: Theme.grid
            width: parent.width

            Icon {
                id: walker

                anchors.verticalCenter: parent.verticalCenter
                color: head.ink
                name: "walk"
                size: Theme.sizeHeading
                visible: head.model.lampWalking
            }
            FitLabel {
                color: head.lit ? head.ink : Theme.muted
                font.weight: head.lit ? Theme.semibold : Theme.regular
                height: Math.min(implicitHeight, Math.round(0.4 * head.height))
                objectName: "lampText"
                size: Theme.sizeHeading
                smallest: 0.5 * Theme.sizeHeading
                text: head.model.lampText
                width: parent.width - (walker.visible ? walker.width + parent.spacing : 0)
            }
        }
    }
    Icon {
        id: bell

        anchors.right: parent.right
        anchors.rightMargin: head.side
        anchors.verticalCenter: parent.verticalCenter
        color: head.lit || head.model.blind ? head.ink : Theme.dashed
        name: head.model.lampIcon
        size: Math.round(0.42 * head.height)
    }
}
