pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// The patient's own layer: how it is opened, and once it is, readings in plain words, each with its
// time. It is closed beside the page, and by itself.
Card {
    id: page

    required property BedsideModel model
    readonly property real pad: Math.round(2.5 * Theme.grid)
    readonly property bool roomy: page.height > 4.2 * Theme.touchPatient && Theme.textScale < 1.4

    Column {
        anchors.left: parent.left
        anchors.margins: page.pad
        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter
        spacing: 2 * Theme.grid
        visible: !page.model.care.open

        Icon {
            anchors.horizontalCenter: parent.horizontalCenter
            color: Theme.brand
            name: "lock-outline"
            size: Theme.sizeDisplay
            visible: page.roomy
        }
        // Takes what the controls leave, and no more.
        Label {
            readonly property real room: page.height - choices.height - 2 * page.pad - 2 * Theme.grid - (page.roomy ? Theme.sizeDisplay + detail.height + 4 * Theme.grid : 0)

            font.pixelSize: Theme.sizeHeading
            font.weight: Theme.bold
            fontSizeMode: Text.Fit
            height: Math.min(room, implicitHeight)
            horizontalAlignment: Text.AlignHCenter
            minimumPixelSize: Math.round(0.6 * Theme.sizeHeading)
            objectName: "careQuestion"
            text: page.model.care.refusal !== "" ? page.model.care.refusal : page.model.care.question
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            id: detail

            color: Theme.muted
            font.pixelSize: Theme.sizeSmall
            horizontalAlignment: Text.AlignHCenter
            objectName: "careDetail"
            text: page.model.care.detail
            visible: page.roomy
            width: parent.width
            wrapMode: Text.Wrap
        }
        Row {
            id: choices

            readonly property real half: Math.floor((page.width - 2 * page.pad - Theme.touchPatientGap) / 2)

            anchors.horizontalCenter: parent.horizontalCenter
            height: Math.max(byPin.implicitHeight, byStaff.implicitHeight)
            spacing: Theme.touchPatientGap

            Tile {
                id: byPin

                flat: true
                height: choices.height
                iconName: "dialpad"
                objectName: "carePin"
                size: page.roomy ? Theme.sizeLabel : Theme.sizeSmall
                text: page.model.labels.openPin
                tone: "chosen"
                visible: page.model.care.byPin
                width: choices.half

                onTouched: page.model.askPin()
            }
            Tile {
                id: byStaff

                flat: true
                height: choices.height
                iconName: "badge-account-outline"
                objectName: "careStaff"
                size: page.roomy ? Theme.sizeLabel : Theme.sizeSmall
                text: page.model.labels.openStaff
                tone: "quiet"
                width: choices.half

                onTouched: page.model.openAsStaff()
            }
        }
    }
    Column {
        id: head

        anchors.left: parent.left
        anchors.margins: page.pad
        anchors.right: parent.right
        anchors.top: parent.top
        visible: page.model.care.open

        Label {
            font.pixelSize: Theme.sizeLabel
            font.weight: Theme.bold
            objectName: "careName"
            text: page.model.care.name
            visible: text !== ""
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Theme.brand
            font.pixelSize: Theme.sizeLabel
            font.weight: Theme.semibold
            text: page.model.labels.readings
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Theme.muted
            font.pixelSize: Theme.sizeSmall
            objectName: "careCloses"
            tabular: true
            text: page.model.care.closesText
            width: parent.width
            wrapMode: Text.Wrap
        }
    }
    ScrollArea {
        id: area

        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.grid
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.top: head.bottom
        anchors.topMargin: Theme.grid
        contentHeight: rows.implicitHeight
        visible: page.model.care.open

        Column {
            id: rows

            width: area.width

            Repeater {
                model: page.model.care.rows

                ReadingLine {
                    inset: page.pad
                    width: rows.width
                }
            }
            Label {
                color: Theme.muted
                leftPadding: page.pad
                objectName: "careEmpty"
                rightPadding: page.pad
                text: page.model.labels.readingsNone
                visible: page.model.care.empty
                width: rows.width
                wrapMode: Text.Wrap
            }
        }
    }
}
