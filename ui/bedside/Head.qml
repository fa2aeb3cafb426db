pragma ComponentBehavior: Bound

import QtQuick
import "../components"
import "../theme"

// What this page is, for whom, and what time it is.
Item {
    id: head

    property string title
    property string subtitle
    // Said instead where the subtitle would take too many lines.
    property string shortSubtitle
    // Day, place and who comes, for a patient who may have forgotten: said always and in full.
    property var orientation: []
    property string time
    property string date
    // The receipts of a call as marks, where their words have no room of their own.
    property var receipts: null
    // Little room and large letters: one line, and marks in the clock's place.
    property bool brief: false
    // A page that needs the place has no clock.
    property bool clock: true
    readonly property bool lost: head.orientation.length > 0
    readonly property bool marksAside: head.brief && head.receipts !== null
    // Titles are large already: they grow less than the words below them.
    readonly property real fullTitle: Math.round(Theme.sizeTitle * (Theme.textScale > 1.2 ? 0.8 : 1))
    readonly property real titleSize: titleProbe.implicitWidth > left.width ? Math.round(0.76 * head.fullTitle) : head.fullTitle
    readonly property real timeSize: Math.round(Theme.sizeDisplay * (head.brief ? 0.6 : Theme.textScale > 1.2 ? 0.8 : 1))

    implicitHeight: Math.max(left.implicitHeight, right.visible ? right.implicitHeight : 0)

    Label {
        id: titleProbe

        font.pixelSize: head.fullTitle
        font.weight: Theme.bold
        text: head.title
        visible: false
    }
    Label {
        id: subtitleProbe

        font.pixelSize: Theme.sizeSmall
        text: head.subtitle
        visible: false
    }
    Column {
        id: left

        anchors.left: parent.left
        anchors.right: right.visible ? right.left : parent.right
        anchors.rightMargin: right.visible ? 2 * Theme.grid : 0
        anchors.verticalCenter: parent.verticalCenter

        Label {
            font.pixelSize: head.brief ? head.fullTitle : head.titleSize
            font.weight: Theme.bold
            fontSizeMode: head.brief ? Text.HorizontalFit : Text.FixedSize
            height: head.brief ? Math.round(Theme.lineFactor * head.fullTitle) : undefined
            lineHeight: head.brief ? 1 : Math.round(Theme.lineFactor * head.titleSize)
            lineHeightMode: head.brief ? Text.ProportionalHeight : Text.FixedHeight
            minimumPixelSize: Math.round(0.5 * head.fullTitle)
            objectName: "headTitle"
            text: head.title
            width: parent.width
            wrapMode: head.brief ? Text.NoWrap : Text.Wrap
        }
        Row {
            id: under

            spacing: marks.visible ? 2 * Theme.grid : 0
            visible: !head.brief || head.lost
            width: parent.width

            Row {
                id: marks

                spacing: Math.round(Theme.grid / 2)
                visible: head.receipts !== null && !head.marksAside

                Repeater {
                    model: head.marksAside ? null : head.receipts

                    ReceiptMark {}
                }
            }
            Label {
                readonly property real size: Math.round(Theme.sizeSmall / Theme.crowd)

                color: head.lost ? Theme.ink : Theme.muted
                font.pixelSize: size
                font.weight: head.lost ? Theme.semibold : Theme.regular
                lineHeight: Math.round(Math.max(1.3, Theme.lineFactor) * size)
                lineHeightMode: Text.FixedHeight
                objectName: head.lost ? "orientation" : "headSubtitle"
                tabular: true
                text: head.lost ? head.orientation.join(" · ") : Theme.textScale > 1.2 && subtitleProbe.implicitWidth > 1.8 * left.width ? head.shortSubtitle : head.subtitle
                visible: text !== ""
                width: under.width - (marks.visible ? marks.width + under.spacing : 0)
                wrapMode: Text.Wrap
            }
        }
    }
    Column {
        id: right

        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter
        spacing: -Math.round(Theme.grid / 2)
        visible: head.clock

        Label {
            anchors.right: parent.right
            font.pixelSize: head.timeSize
            font.weight: Theme.bold
            lineHeight: Math.round(1.12 * head.timeSize)
            lineHeightMode: Text.FixedHeight
            objectName: "headTime"
            tabular: true
            text: head.time
            visible: !head.marksAside
        }
        Label {
            anchors.right: parent.right
            color: Theme.muted
            font.pixelSize: Theme.sizeSmall
            lineHeight: Math.round(Math.max(1.3, Theme.lineFactor) * Theme.sizeSmall)
            lineHeightMode: Text.FixedHeight
            objectName: "headDate"
            tabular: true
            text: head.date
            visible: !(Theme.portrait && Theme.textScale > 1.2) && !head.brief && !head.lost
        }
        Row {
            anchors.right: parent.right
            spacing: Math.round(Theme.grid / 2)
            visible: head.marksAside

            Repeater {
                model: head.marksAside ? head.receipts : null

                ReceiptMark {}
            }
        }
    }
}
