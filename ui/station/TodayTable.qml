pragma ComponentBehavior: Bound

import QtQuick
import "../components"
import "../theme"

// Rows of a name and three figures, their heads above.
Column {
    id: table

    required property string title
    required property var heads
    required property var rows
    // What is said in place of rows.
    property string none
    readonly property real figure: Math.min(Theme.length(100), 0.18 * table.width)

    spacing: Theme.grid / 2

    component Line: Item {
        id: line

        required property string first
        required property var figures
        property bool head: false

        height: Math.max(first.height, Math.round(1.4 * Theme.sizeLabel))
        width: table.width

        Label {
            id: first

            color: Theme.ink
            elide: Text.ElideRight
            font.pixelSize: Theme.sizeSmall
            maximumLineCount: 2
            text: line.first
            width: line.width - 3 * (table.figure + Theme.grid)
            wrapMode: Text.Wrap
        }
        Row {
            anchors.right: parent.right
            spacing: Theme.grid

            Repeater {
                model: line.figures

                delegate: Label {
                    required property string modelData

                    color: line.head ? Theme.muted : Theme.ink
                    elide: Text.ElideRight
                    font.pixelSize: Theme.sizeSmall
                    font.weight: line.head ? Theme.regular : Theme.semibold
                    fontSizeMode: Text.HorizontalFit
                    horizontalAlignment: Text.AlignRight
                    minimumPixelSize: Math.round(0.7 * Theme.sizeSmall)
                    tabular: true
                    text: modelData
                    width: table.figure
                }
            }
        }
    }

    Label {
        font.pixelSize: Theme.sizeLabel
        font.weight: Theme.bold
        text: table.title
        width: parent.width
        wrapMode: Text.Wrap
    }
    Label {
        color: Theme.muted
        font.pixelSize: Theme.sizeSmall
        text: table.none
        visible: text !== ""
        width: parent.width
        wrapMode: Text.Wrap
    }
    Line {
        figures: table.heads
        first: ""
        head: true
        visible: table.none === ""
    }
    Repeater {
        model: table.rows

        delegate: Line {
            required property var model

            figures: model.says === undefined ? [model.total, model.mean, model.over] : [model.said, model.night, model.perBedDay]
            first: model.says === undefined ? model.time : model.says
        }
    }
}
