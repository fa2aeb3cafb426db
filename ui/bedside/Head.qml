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
    property string time
    property string date
    // Titles are large already: they grow less than the words below them.
    readonly property real fullTitle: Math.round(Theme.sizeTitle * (Theme.textScale > 1.2 ? 0.8 : 1))
    readonly property real titleSize: titleProbe.implicitWidth > left.width ? Math.round(0.76 * head.fullTitle) : head.fullTitle
    readonly property real timeSize: Math.round(Theme.sizeDisplay * (Theme.textScale > 1.2 ? 0.8 : 1))

    implicitHeight: Math.max(left.implicitHeight, right.implicitHeight)

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
        anchors.right: right.left
        anchors.rightMargin: 2 * Theme.grid
        anchors.verticalCenter: parent.verticalCenter

        Label {
            font.pixelSize: head.titleSize
            font.weight: Theme.bold
            lineHeight: Math.round(1.22 * head.titleSize)
            lineHeightMode: Text.FixedHeight
            objectName: "headTitle"
            text: head.title
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Theme.muted
            font.pixelSize: Theme.sizeSmall
            lineHeight: Math.round(1.3 * Theme.sizeSmall)
            lineHeightMode: Text.FixedHeight
            objectName: "headSubtitle"
            tabular: true
            text: Theme.textScale > 1.2 && subtitleProbe.implicitWidth > 1.8 * left.width ? head.shortSubtitle : head.subtitle
            visible: text !== ""
            width: parent.width
            wrapMode: Text.Wrap
        }
    }
    Column {
        id: right

        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter
        spacing: -Math.round(Theme.grid / 2)

        Label {
            anchors.right: parent.right
            font.pixelSize: head.timeSize
            font.weight: Theme.bold
            lineHeight: Math.round(1.12 * head.timeSize)
            lineHeightMode: Text.FixedHeight
            objectName: "headTime"
            tabular: true
            text: head.time
        }
        Label {
            anchors.right: parent.right
            color: Theme.muted
            font.pixelSize: Theme.sizeSmall
            lineHeight: Math.round(1.3 * Theme.sizeSmall)
            lineHeightMode: Text.FixedHeight
            objectName: "headDate"
            tabular: true
            text: head.date
            visible: !(Theme.portrait && Theme.textScale > 1.2)
        }
    }
}
