pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// NEWS2 and the newest reading of each vital sign, every one with its own time and its last 24
// hours beside it, on one time axis: what moves together is seen together.
Column {
    id: part

    required property SheetModel sheet
    required property SheetColumn area
    readonly property real readingWidth: Math.min(Theme.length(250), Math.round(part.width * 0.4))
    readonly property real scaleWidth: Theme.length(46)

    spacing: 0.75 * Theme.gap

    Item {
        id: news2

        height: Math.max(Theme.length(58), score.height)
        objectName: "news2"
        width: part.width

        Label {
            id: total

            font.pixelSize: Theme.sizeDisplay
            font.weight: Theme.black
            height: parent.height
            objectName: "news2Total"
            tabular: true
            text: part.sheet.score
        }
        Column {
            id: score

            anchors.left: total.right
            anchors.leftMargin: 1.5 * Theme.grid
            anchors.verticalCenter: parent.verticalCenter
            width: part.readingWidth - x - Theme.grid

            Label {
                color: Theme.muted
                font.pixelSize: Theme.length(17)
                font.weight: Theme.bold
                text: "NEWS2"
            }
            Label {
                font.pixelSize: Theme.sizeSmall
                font.weight: Theme.bold
                text: part.sheet.band
                width: parent.width
                wrapMode: Text.Wrap
            }
        }
        Repeater {
            model: part.sheet.scorePlot

            delegate: TrendPlot {
                required property string key

                height: Theme.length(58)
                lined: part.area.shows(part, news2)
                width: part.width - part.readingWidth
                x: part.readingWidth
            }
        }
    }
    Label {
        font.pixelSize: Theme.sizeSmall
        objectName: "news2Parts"
        tabular: true
        text: part.sheet.scoreDetail + (part.sheet.scoreParts === "" ? "" : " · " + part.sheet.scoreParts)
        width: parent.width
        wrapMode: Text.Wrap
    }
    Repeater {
        model: part.sheet.vitals

        delegate: VitalLine {
            required property var line

            height: Theme.length(56)
            lined: part.area.shows(part, this)
            points: line
            readingWidth: part.readingWidth
            width: part.width
        }
    }
    Item {
        height: Theme.length(20)
        width: part.width

        Repeater {
            model: part.sheet.ticks

            delegate: Label {
                required property string key
                required property real at
                required property string label

                color: Theme.muted
                font.pixelSize: Theme.length(15)
                height: Theme.length(20)
                tabular: true
                text: label
                x: part.readingWidth + at * (part.width - part.readingWidth - part.scaleWidth) - implicitWidth / 2
            }
        }
    }
    Grid {
        columnSpacing: 3 * Theme.grid
        columns: Math.max(1, Math.floor(part.width / Theme.length(230)))
        rowSpacing: Theme.gap
        width: part.width

        Repeater {
            model: part.sheet.others

            delegate: Reading {
                required property string key

                height: Theme.length(58)
                objectName: "vital-" + key
                width: Theme.length(210)
            }
        }
    }
}
