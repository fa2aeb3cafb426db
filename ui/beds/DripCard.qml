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
    // Shows that a touch reads the card aloud.
    property bool speaks: false
    // Where there is no room: the time and the bar alone.
    property bool compact: false
    // A patient's card whose advice has no room stands without it.
    property bool brief: false
    // Says of the bar what it shows ("left"): a bar alone can be what is given or what is left.
    property string barText
    property real headlineSize: Theme.sizeHeading
    property real padding: Math.round(2.5 * Theme.grid)
    readonly property real needed: column.implicitHeight + 2 * card.padding
    // How much lower it would stand without the advice.
    readonly property real adviceHeight: adviceLabel.text === "" ? 0 : adviceLabel.implicitHeight + column.spacing

    implicitHeight: card.needed

    Column {
        id: column

        anchors.left: parent.left
        anchors.margins: card.padding
        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter
        spacing: Math.round(0.75 * Theme.grid)

        // Word and time on one line, or the time below where both do not fit.
        Item {
            id: top

            readonly property real wordWidth: card.compact ? 0 : word.implicitWidth + 3 * Theme.grid + (card.speaks ? speaker.width + Theme.grid : 0)
            readonly property bool together: top.wordWidth + mark.width + Theme.grid + figures.implicitWidth <= column.width

            height: top.together || card.compact ? Math.max(mark.height, figures.height) : mark.height + figures.height
            width: parent.width

            Icon {
                id: mark

                anchors.left: parent.left
                color: Theme.low
                height: Math.max(size, word.implicitHeight, top.together ? figures.height : 0)
                name: "iv-bag"
                size: Math.round(Theme.sizeBody * 1.2)
            }
            Label {
                id: word

                anchors.left: mark.right
                anchors.leftMargin: Theme.grid
                anchors.verticalCenter: mark.verticalCenter
                color: Theme.low
                font.pixelSize: Theme.sizeLabel
                font.weight: Theme.semibold
                text: card.title
                visible: !card.compact
            }
            Icon {
                id: speaker

                anchors.left: word.right
                anchors.leftMargin: Theme.grid
                anchors.verticalCenter: mark.verticalCenter
                color: Theme.brand
                name: "volume-high"
                size: Math.round(Theme.sizeLabel * 1.2)
                visible: card.speaks && !card.compact
            }
            Row {
                id: figures

                readonly property real start: top.together ? top.width - width : card.compact ? mark.width + Theme.grid : 0

                spacing: Theme.grid
                x: LayoutMirroring.enabled ? top.width - width - figures.start : figures.start
                y: top.together || card.compact ? 0 : mark.height

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
                    font.pixelSize: card.drip.running && !card.compact ? card.headlineSize : Theme.sizeLabel
                    font.weight: card.drip.running ? Theme.bold : Theme.regular
                    objectName: "dripHeadline"
                    tabular: true
                    text: card.drip.headline
                    width: Math.min(implicitWidth, column.width - (card.compact ? mark.width + Theme.grid : 0) - (estimated.text !== "" ? estimated.implicitWidth + Theme.grid : 0))
                    wrapMode: Text.Wrap
                }
            }
        }
        Row {
            id: bar

            // The word is higher than the bar, but the card does not grow for it.
            height: gauge.height
            spacing: Theme.grid
            visible: card.drip.running && !(card.compact && card.barText !== "")
            width: parent.width

            Label {
                id: barWord

                anchors.verticalCenter: parent.verticalCenter
                color: Theme.low
                font.pixelSize: Theme.sizeSmall
                font.weight: Theme.semibold
                objectName: "dripBar"
                text: card.barText
                visible: text !== "" && card.drip.fraction >= 0
            }
            Gauge {
                id: gauge

                anchors.verticalCenter: parent.verticalCenter
                value: card.drip.fraction
                width: bar.width - (barWord.visible ? barWord.width + bar.spacing : 0)
            }
        }
        Label {
            color: card.drip.attention ? Theme.ink : Theme.muted
            font.pixelSize: card.advice ? Theme.sizeSmall : Theme.sizeLabel
            font.weight: card.drip.attention ? Theme.semibold : Theme.regular
            objectName: "dripDetail"
            tabular: true
            text: card.drip.detail
            visible: text !== "" && !card.compact && (!card.advice || card.drip.attention || card.drip.fraction < 0)
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            id: adviceLabel

            color: Theme.muted
            font.pixelSize: Theme.sizeSmall
            lineHeight: 1.05
            objectName: "dripAdvice"
            text: card.drip.advice
            visible: card.advice && !card.compact && !card.brief && text !== ""
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Theme.muted
            font.pixelSize: card.advice ? Theme.sizeSmall : Theme.sizeLabel
            objectName: "dripMore"
            text: card.drip.more
            visible: text !== "" && !card.compact
            width: parent.width
            wrapMode: Text.Wrap
        }
    }
}
