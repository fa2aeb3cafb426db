pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// The patient's own readings: asked first, in plain words, each with its time.
Card {
    id: page

    required property BedsideModel model
    readonly property real pad: 3 * Theme.grid

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
        }
        Label {
            font.pixelSize: Theme.sizeHeading
            font.weight: Theme.bold
            horizontalAlignment: Text.AlignHCenter
            objectName: "careQuestion"
            text: page.model.labels.confirmQuestion
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Theme.muted
            font.pixelSize: Theme.sizeLabel
            horizontalAlignment: Text.AlignHCenter
            objectName: "careDetail"
            text: page.model.labels.confirmDetail
            width: parent.width
            wrapMode: Text.Wrap
        }
        Row {
            anchors.horizontalCenter: parent.horizontalCenter
            spacing: Theme.touchPatientGap

            Tile {
                objectName: "careShow"
                text: page.model.labels.confirmYes
                tone: "chosen"
                width: Math.floor((page.width - 2 * page.pad - Theme.touchPatientGap) / 2)

                onTouched: page.model.care.confirm()
            }
            Tile {
                objectName: "careNotNow"
                text: page.model.labels.confirmNo
                width: Math.floor((page.width - 2 * page.pad - Theme.touchPatientGap) / 2)

                onTouched: page.model.back()
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
