pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// What hangs, how long it still runs, and how that is known.
Column {
    id: part

    required property SheetModel sheet

    spacing: Theme.grid / 2

    SheetTitle {
        text: qsTr("Infusions")
    }
    Label {
        color: Theme.muted
        font.pixelSize: Theme.sizeLabel
        text: part.sheet.noDrip
        visible: text !== ""
    }
    Repeater {
        model: part.sheet.drips

        delegate: Item {
            id: line

            required property string key
            required property string name
            required property string main
            required property string detail
            required property real fraction

            height: words.height
            objectName: "drip-" + line.key
            width: part.width

            Icon {
                id: mark

                name: "iv-bag"
                size: Theme.sizeHeading
                y: Theme.grid / 2
            }
            Column {
                id: words

                anchors.left: mark.right
                anchors.leftMargin: 1.5 * Theme.grid
                anchors.right: parent.right
                spacing: Theme.grid / 4

                Label {
                    font.pixelSize: Theme.sizeLabel
                    font.weight: Theme.bold
                    tabular: true
                    text: line.main + " · " + line.name
                    width: parent.width
                    wrapMode: Text.Wrap
                }
                Gauge {
                    implicitHeight: Theme.grid
                    value: line.fraction
                    width: parent.width
                }
                Label {
                    color: Theme.muted
                    font.pixelSize: Theme.sizeSmall
                    tabular: true
                    text: line.detail
                    width: parent.width
                    wrapMode: Text.Wrap
                }
            }
        }
    }
}
