import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// About how long the drip still runs, how sure that is, and what to look out for.
Card {
    id: card

    required property DripModel drip
    property string title
    // A patient is told what to look out for, staff when it ends.
    property bool advice: false
    property real headlineSize: Theme.sizeHeading
    property real padding: Math.round(2.75 * Theme.grid)
    readonly property real needed: column.implicitHeight + 2 * card.padding

    implicitHeight: card.needed

    Column {
        id: column

        anchors.left: parent.left
        anchors.margins: card.padding
        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter
        spacing: Theme.grid

        Flow {
            objectName: "dripHead"
            spacing: Theme.grid
            width: parent.width

            Row {
                spacing: Theme.grid

                Icon {
                    anchors.verticalCenter: parent.verticalCenter
                    color: Theme.low
                    name: "iv-bag"
                    size: Math.round(Theme.sizeBody * 1.2)
                }
                Label {
                    id: word

                    anchors.verticalCenter: parent.verticalCenter
                    color: Theme.low
                    font.pixelSize: Theme.sizeLabel
                    font.weight: Theme.semibold
                    text: card.title
                }
                // Keeps the headline at the far edge while both fit on one line.
                Item {
                    height: 1
                    width: Math.max(0, column.width - word.implicitWidth - Math.round(Theme.sizeBody * 1.2) - 4 * Theme.grid - headline.implicitWidth - (estimated.visible ? estimated.implicitWidth + Theme.grid : 0))
                }
            }
            Row {
                spacing: Theme.grid

                Label {
                    id: estimated

                    anchors.baseline: headline.baseline
                    color: Theme.muted
                    font.pixelSize: Theme.sizeLabel
                    objectName: "dripEstimated"
                    text: card.drip.estimated
                    visible: text !== ""
                }
                Label {
                    id: headline

                    color: card.drip.running ? Theme.low : Theme.muted
                    font.pixelSize: card.drip.running ? card.headlineSize : Theme.sizeLabel
                    font.weight: card.drip.running ? Theme.bold : Theme.regular
                    objectName: "dripHeadline"
                    tabular: true
                    text: card.drip.headline
                    width: Math.min(implicitWidth, column.width - (estimated.visible ? estimated.implicitWidth + Theme.grid : 0))
                    wrapMode: Text.Wrap
                }
            }
        }
        Gauge {
            value: card.drip.fraction
            visible: card.drip.running
            width: parent.width
        }
        Label {
            color: card.drip.attention ? Theme.ink : Theme.muted
            font.pixelSize: card.advice ? Theme.sizeSmall : Theme.sizeLabel
            font.weight: card.drip.attention ? Theme.semibold : Theme.regular
            objectName: "dripDetail"
            tabular: true
            text: card.drip.detail
            visible: text !== "" && (!card.advice || card.drip.attention || card.drip.fraction < 0)
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Theme.muted
            font.pixelSize: Theme.sizeSmall
            lineHeight: 1.05
            objectName: "dripAdvice"
            text: card.drip.advice
            visible: card.advice && text !== ""
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Theme.muted
            font.pixelSize: card.advice ? Theme.sizeSmall : Theme.sizeLabel
            objectName: "dripMore"
            text: card.drip.more
            visible: text !== ""
            width: parent.width
            wrapMode: Text.Wrap
        }
    }
}
