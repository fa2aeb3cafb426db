import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// Whose calls these are, how many wait, the time; what is wrong with this screen itself.
Rectangle {
    id: head

    required property CorridorModel model
    // Beside the calls instead of above them.
    property bool strip: false
    readonly property real needed: Math.round(1.5 * Theme.sizeBody)

    color: Theme.sunken

    Item {
        anchors.fill: parent
        anchors.leftMargin: 3 * Theme.grid
        anchors.rightMargin: 3 * Theme.grid
        visible: !head.strip

        Label {
            id: ward

            anchors.left: parent.left
            anchors.verticalCenter: parent.verticalCenter
            elide: Text.ElideRight
            font.pixelSize: Theme.sizeLabel
            objectName: "ward"
            text: head.model.wardName
            width: Math.min(implicitWidth, 0.42 * parent.width)
        }
        Label {
            anchors.left: ward.right
            anchors.leftMargin: 3 * Theme.grid
            anchors.right: count.left
            anchors.rightMargin: 2 * Theme.grid
            anchors.verticalCenter: parent.verticalCenter
            color: Theme.muted
            elide: Text.ElideRight
            font.pixelSize: Theme.sizeSmall
            objectName: "fault"
            text: head.model.faultText
        }
        Label {
            id: count

            anchors.right: time.left
            anchors.rightMargin: 4 * Theme.grid
            anchors.verticalCenter: parent.verticalCenter
            font.pixelSize: Theme.sizeLabel
            font.weight: Theme.semibold
            objectName: "count"
            tabular: true
            text: head.model.countText
        }
        Label {
            id: time

            anchors.right: parent.right
            anchors.verticalCenter: parent.verticalCenter
            font.pixelSize: Theme.sizeBody
            font.weight: Theme.bold
            objectName: "time"
            tabular: true
            text: head.model.timeText
        }
    }
    Column {
        anchors.centerIn: parent
        spacing: Theme.grid
        visible: head.strip
        width: parent.width - 2 * Theme.grid

        Label {
            font.pixelSize: Theme.sizeHeading
            font.weight: Theme.bold
            horizontalAlignment: Text.AlignHCenter
            objectName: "timeBeside"
            tabular: true
            text: head.model.timeText
            width: parent.width
        }
        Label {
            font.pixelSize: Theme.sizeSmall
            horizontalAlignment: Text.AlignHCenter
            objectName: "countBeside"
            tabular: true
            text: head.model.countText
            visible: text !== ""
            width: parent.width
            wrapMode: Text.Wrap
        }
        Icon {
            anchors.horizontalCenter: parent.horizontalCenter
            name: "lan-disconnect"
            size: Theme.sizeTitle
            visible: head.model.mayLack
        }
        Icon {
            anchors.horizontalCenter: parent.horizontalCenter
            name: "alert-circle-outline"
            size: Theme.sizeHeading
            visible: head.model.faultText !== ""
        }
    }
}
