import QtQuick
import "../components"
import "../theme"

// What this page is, for whom, and what time it is.
Item {
    id: head

    property string title
    property string subtitle
    property string time
    property string date

    implicitHeight: Math.max(left.implicitHeight, right.implicitHeight)

    Column {
        id: left

        anchors.left: parent.left
        anchors.right: right.left
        anchors.rightMargin: 2 * Theme.grid
        anchors.verticalCenter: parent.verticalCenter

        Label {
            font.pixelSize: Theme.sizeTitle
            font.weight: Theme.bold
            objectName: "headTitle"
            text: head.title
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Theme.muted
            font.pixelSize: Theme.sizeSmall
            objectName: "headSubtitle"
            tabular: true
            text: head.subtitle
            visible: text !== ""
            width: parent.width
            wrapMode: Text.Wrap
        }
    }
    Column {
        id: right

        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter

        Label {
            anchors.right: parent.right
            font.pixelSize: Theme.sizeDisplay
            font.weight: Theme.bold
            objectName: "headTime"
            tabular: true
            text: head.time
        }
        Label {
            anchors.right: parent.right
            color: Theme.muted
            font.pixelSize: Theme.sizeSmall
            objectName: "headDate"
            tabular: true
            text: head.date
        }
    }
}
