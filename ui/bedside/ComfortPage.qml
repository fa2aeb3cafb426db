pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// Language, text size, rest.
Item {
    id: page

    required property BedsideModel model
    readonly property real third: Math.floor((area.width - 2 * Theme.touchPatientGap) / 3)
    readonly property real half: Math.floor((area.width - Theme.touchPatientGap) / 2)

    ScrollArea {
        id: area

        anchors.fill: parent
        contentHeight: column.implicitHeight

        Column {
            id: column

            spacing: Theme.grid
            width: area.width

            Label {
                color: Theme.muted
                font.pixelSize: Theme.sizeLabel
                font.weight: Theme.semibold
                text: page.model.labels.language
                width: parent.width
                wrapMode: Text.Wrap
            }
            Row {
                spacing: Theme.touchPatientGap

                Repeater {
                    model: page.model.languages

                    Tile {
                        required property var modelData

                        objectName: "language-" + modelData.code
                        text: modelData.name
                        tone: page.model.language === modelData.code ? "chosen" : ""
                        width: page.half

                        onTouched: page.model.setLanguage(modelData.code)
                    }
                }
            }
            Label {
                color: Theme.muted
                font.pixelSize: Theme.sizeLabel
                font.weight: Theme.semibold
                text: page.model.labels.textSize
                topPadding: Theme.grid
                width: parent.width
                wrapMode: Text.Wrap
            }
            Row {
                spacing: Theme.touchPatientGap

                Repeater {
                    model: [1, 1.3, 1.6]

                    Tile {
                        required property int index
                        required property real modelData

                        objectName: "textSize-" + (index + 1)
                        text: [page.model.labels.size1, page.model.labels.size2, page.model.labels.size3][index]
                        tone: Math.abs(page.model.textScale - modelData) < 0.01 ? "chosen" : ""
                        width: page.third

                        onTouched: page.model.setTextScale(modelData)
                    }
                }
            }
            Label {
                color: Theme.muted
                font.pixelSize: Theme.sizeSmall
                objectName: "restDetail"
                text: page.model.labels.restDetail
                topPadding: Theme.grid
                width: parent.width
                wrapMode: Text.Wrap
            }
            Tile {
                flat: true
                iconName: "weather-night"
                objectName: "rest"
                text: page.model.labels.rest
                width: parent.width

                onTouched: page.model.rest()
            }
        }
    }
}
